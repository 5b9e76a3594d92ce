import { createHash } from "node:crypto";
import { realpathSync } from "node:fs";
import { rm } from "node:fs/promises";
import { connect, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** A supervisor may start the next one while the last still flushes (2 s). */
const PATIENCE_MS = 5_000;

export class LedgerInUse extends Error {}

/**
 * One process per ledger file: two would each find a message unwritten and write it. The lock is a
 * listening local socket, which the kernel gives back however the process ends.
 * The folder of the ledger must exist.
 */
export async function lockLedger(ledger: string, patience = PATIENCE_MS): Promise<Server> {
  const name = socketName(join(realpathSync(dirname(ledger)), basename(ledger)));
  const giveUp = performance.now() + patience;
  for (;;) {
    const server = await listen(name);
    if (server !== undefined) return server;
    // A file of a dead process (outside Linux) answers nobody and is in the way.
    if (!name.startsWith("\0") && !(await answers(name))) await rm(name, { force: true });
    else if (performance.now() > giveUp) throw new LedgerInUse("another simulator holds this ledger");
    await sleep(50);
  }
}

function socketName(path: string): string {
  const name = `esquadrao-ledger-${createHash("sha256").update(path).digest("hex").slice(0, 24)}`;
  return process.platform === "linux" ? `\0${name}` : join(tmpdir(), `${name}.sock`);
}

async function listen(name: string): Promise<Server | undefined> {
  return new Promise((done, fail) => {
    const server = createServer((socket) => socket.destroy());
    server.unref();
    server.once("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EADDRINUSE") done(undefined);
      else fail(error);
    });
    server.listen(name, () => {
      done(server);
    });
  });
}

async function answers(name: string): Promise<boolean> {
  return new Promise((done) => {
    const socket = connect(name);
    socket.once("connect", () => {
      socket.destroy();
      done(true);
    });
    socket.once("error", () => {
      done(false);
    });
  });
}
