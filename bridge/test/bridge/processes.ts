import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { FakeWhatsApp } from "../fake-whatsapp/fake-whatsapp.js";
import { SECRET } from "../app-side.js";

/** Built by `npm run build`: a real process is what can be frozen and killed. */
export const BUILT = fileURLToPath(new URL("../../dist/bridge/index.js", import.meta.url));

/** A bridge in its own process, on a folder that others may share. */
export class BridgeProcess {
  private constructor(private readonly child: ChildProcess) {}

  static start(folder: string, redisUrl: string, fake: Pick<FakeWhatsApp, "url" | "rootKey" | "certificate">, more: Record<string, string> = {}): BridgeProcess {
    const env = {
      PATH: process.env["PATH"],
      REDIS_URL: redisUrl,
      BRIDGE_SECRET: SECRET,
      BRIDGE_KEYS: "k".repeat(32),
      BRIDGE_DATABASE_URL: `sqlite://${join(folder, "bridge.sqlite3")}`,
      STORAGE_URL: `file://${join(folder, "media")}`,
      WHATSAPP: "fake",
      WHATSAPP_URL: fake.url,
      WHATSAPP_ROOT_KEY: fake.rootKey.toString("hex"),
      WHATSAPP_CERTIFICATE: fake.certificate.path,
      LOG_LEVEL: process.env["BRIDGE_TEST_LOG"] ?? "silent",
      ...more,
    };
    return new BridgeProcess(spawn(process.execPath, [BUILT], { env, stdio: "inherit" }));
  }

  freeze(): void {
    this.child.kill("SIGSTOP");
  }

  thaw(): void {
    this.child.kill("SIGCONT");
  }

  /** Resolves with its exit code once it ends by itself. */
  async ended(): Promise<number | null> {
    if (this.child.exitCode === null && this.child.signalCode === null) await once(this.child, "exit");
    return this.child.exitCode;
  }

  /** Resolves with its exit code, null after SIGKILL. */
  async end(signal: "SIGTERM" | "SIGKILL" = "SIGTERM"): Promise<number | null> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return this.child.exitCode;
    this.child.kill(signal);
    await once(this.child, "exit");
    return this.child.exitCode;
  }
}

/** A port of the loopback that nobody listens at. */
export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, "close");
  return port;
}
