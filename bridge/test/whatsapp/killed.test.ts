import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "vite";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { FakeWhatsApp } from "../fake-whatsapp/fake-whatsapp.js";
import { ALFA, ANA } from "./linked.js";

/** A bridge of its own process, that dies at a fail point. */
class Child {
  readonly facts: Record<string, string>[] = [];
  readonly gone: Promise<NodeJS.Signals | null>;
  private readonly process: ChildProcess;
  private readonly waiters = new Set<() => void>();

  constructor(fake: FakeWhatsApp, folder: string, failPoints = "") {
    const given = { url: fake.url, root: fake.rootKey.toString("hex"), store: `sqlite://${join(folder, "bridge.db")}`, keys: "a key only for tests of more than 32 characters" };
    this.process = spawn(process.execPath, [join(BUILT, "killed-child.js"), JSON.stringify(given)], { stdio: ["pipe", "pipe", "ignore"], env: { ...process.env, APP_ENV: "test", FAIL_POINTS: failPoints } });
    let rest = "";
    this.process.stdout?.on("data", (chunk: Buffer) => {
      const lines = `${rest}${chunk.toString()}`.split("\n");
      rest = lines.pop() ?? "";
      this.facts.push(...lines.map((line) => JSON.parse(line) as Record<string, string>));
      for (const look of [...this.waiters]) look();
    });
    this.gone = new Promise((resolve) => this.process.on("exit", (_, signal) => { resolve(signal); }));
  }

  until<T>(find: (fact: Record<string, string>) => T | undefined | false): Promise<T> {
    return new Promise((resolve) => {
      const look = (): void => {
        const found = this.facts.map(find).find(Boolean);
        if (!found) return;
        this.waiters.delete(look);
        resolve(found);
      };
      this.waiters.add(look);
      look();
    });
  }

  send(to: string, waId: string, text: string): void {
    this.process.stdin?.write(`${to} ${waId} ${text}\n`);
  }

  async kill(): Promise<void> {
    this.process.kill("SIGKILL");
    await this.gone;
  }
}

// Beside node_modules: what is external is found from there.
const BUILT = join(import.meta.dirname, "../../var/killed-child");
let fake: FakeWhatsApp;
let folder: string;
let child: Child;

beforeAll(async () => {
  await build({ logLevel: "silent", build: { target: "node20", ssr: join(import.meta.dirname, "killed-child.ts"), outDir: BUILT, emptyOutDir: true, rollupOptions: { output: { entryFileNames: "killed-child.js" } } } });
});

afterAll(() => {
  rmSync(BUILT, { recursive: true, force: true });
});

beforeEach(async () => {
  fake = await FakeWhatsApp.start();
  folder = mkdtempSync(join(tmpdir(), "killed-"));
  child = new Child(fake, folder);
  await fake.scan(await child.until(({ qr }) => qr), ALFA);
  await child.until(({ closed }) => closed);
  await child.kill();
});

afterEach(async () => {
  await child.kill();
  await fake.stop();
  rmSync(folder, { recursive: true, force: true });
});

const next = async (failPoints = ""): Promise<Child> => {
  child = new Child(fake, folder, failPoints);
  await child.until(({ state }) => state === "connected");
  return child;
};

test.each(["bridge.arrived", "bridge.ratchet", "bridge.stepped"])("a bridge killed at %s loses no message and tells it once", async (point) => {
  await next();
  const before = await fake.inbound(ALFA, ANA, { text: "antes" });
  await child.until(({ told }) => told === before);
  await child.kill();

  await next(`${point}:1`);
  const id = await fake.inbound(ALFA, ANA, { text: "IMPORTANTE" });
  expect(await child.gone).toBe("SIGKILL");
  const first = child.facts.filter(({ told }) => told === id).length;

  await next();
  const after = await fake.inbound(ALFA, ANA, { text: "depois" });
  await child.until(({ told }) => told === after);
  const told = first + child.facts.filter(({ told: waId }) => waId === id).length;
  expect(told).toBe(1);
  expect(fake.retries).toEqual([]);
});

test.each([
  ["bridge.writing", 0],
  ["bridge.relayed", 1],
])("a bridge killed at %s has written %i times, and its next generation writes nothing by itself", async (point, writes) => {
  await next(`${point}:1`);
  child.send(ANA, "3EB0AAAAAAAAAAAAAAAAAA01", "oi");
  expect(await child.gone).toBe("SIGKILL");
  await next();
  child.send(ANA, "3EB0AAAAAAAAAAAAAAAAAA02", "outra");
  await child.until(({ sent }) => sent === "3EB0AAAAAAAAAAAAAAAAAA02");
  expect(fake.writes.filter(({ id }) => id.endsWith("01"))).toHaveLength(writes);
});
