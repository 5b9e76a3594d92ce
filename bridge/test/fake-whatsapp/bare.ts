import "./quiet-libsignal.js";
import { makeWASocket, WA_CERT_DETAILS, type BaileysEventMap, type WASocket } from "baileys";
import { parseArgs } from "node:util";
import { pino } from "pino";
import { newMemory, type Memory } from "./stock-client.js";

// The baseline of the bench: Baileys as it is, keys in memory, many sessions in one process. Prints one line of JSON.
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    sessions: { type: "string", default: "10" },
    alone: { type: "string", default: "10" },
    at_once: { type: "string", default: "4" },
    contacts: { type: "string", default: "0" },
    messages: { type: "string", default: "0" },
  },
});
const [url = "", admin = "", rootKey = ""] = positionals;
const sizes = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, Number(value)])) as Record<keyof typeof values, number>;
const MB = 1024 * 1024;
const QUIET = pino({ level: "silent" });
WA_CERT_DETAILS.PUBLIC_KEY = Buffer.from(rootKey, "hex");

type Update = BaileysEventMap["connection.update"];

class Bare {
  readonly number: string;
  private readonly memory: Memory = newMemory();
  private sock!: WASocket;
  private waiting: ((update: Update) => void) | undefined;

  constructor(at: number) {
    this.number = String(5_511_980_000_000 + at);
  }

  /** Milliseconds from the scan to the open socket. */
  async pair(): Promise<number> {
    this.connect();
    const { qr } = await this.until(({ qr: shown }) => shown !== undefined);
    const begun = performance.now();
    const closed = this.until(({ connection }) => connection === "close");
    const headers = { "content-type": "application/json" };
    const { ok } = await fetch(`${admin}/admin/scan`, { method: "POST", headers, body: JSON.stringify({ qr, phone: this.number }) });
    if (!ok) throw new Error("the scan was refused");
    await closed;
    await this.login();
    return performance.now() - begun;
  }

  async login(): Promise<void> {
    this.connect();
    await this.until(({ connection }) => connection === "open");
  }

  async end(): Promise<void> {
    await this.sock.end(undefined);
  }

  /** One after the other, each to the next of its contacts; resolves when all are acknowledged. */
  async send(count: number, contacts: number): Promise<void> {
    let acks = 0;
    const all = new Promise<void>((done) => {
      this.sock.ws.on("CB:ack,class:message", () => {
        acks += 1;
        if (acks === count) done();
      });
    });
    for (let at = 0; at < count; at += 1) {
      const to = String(5_521_970_000_000 + 1_000 * Number(this.number.slice(-4)) + (at % contacts));
      await this.sock.sendMessage(`${to}@s.whatsapp.net`, { text: `Olá, ${to}` });
    }
    await all;
    this.sock.ws.removeAllListeners("CB:ack,class:message");
  }

  private connect(): void {
    this.sock = makeWASocket({ auth: this.memory, waWebSocketUrl: url, version: [2, 3000, 1_043_857_760], logger: QUIET, markOnlineOnConnect: false, syncFullHistory: false, emitOwnEvents: false });
    this.sock.ev.on("connection.update", (update) => this.waiting?.(update));
  }

  private until(fits: (update: Update) => boolean): Promise<Update> {
    return new Promise((done) => {
      this.waiting = (update) => {
        if (fits(update)) done(update);
      };
    });
  }
}

/** Once it has not grown for five seconds, in MB. */
async function steady(): Promise<number> {
  let most = process.memoryUsage.rss();
  for (let quiet = 0; quiet < 10; quiet += 1) {
    await new Promise((done) => setTimeout(done, 500));
    const now = process.memoryUsage.rss();
    if (now > most + MB) quiet = 0;
    most = Math.max(most, now);
  }
  return process.memoryUsage.rss() / MB;
}

const told: Record<string, number> = {};
const empty = await steady();
const all = Array.from({ length: sizes.sessions }, (_, at) => new Bare(at));
const scans: number[] = [];
for (const one of all.slice(0, sizes.alone)) scans.push(await one.pair());
for (let at = sizes.alone; at < all.length; at += sizes.at_once) await Promise.all(all.slice(at, at + sizes.at_once).map((one) => one.pair()));
told["scan"] = (scans.sort((a, b) => a - b)[Math.floor((scans.length - 1) / 2)] ?? 0) / 1_000;
if (sizes.messages > 0) {
  await Promise.all(all.map((one) => one.send(sizes.contacts, sizes.contacts)));
  const [before, begun] = [process.cpuUsage(), performance.now()];
  await Promise.all(all.map((one) => one.send(sizes.messages, sizes.contacts)));
  const total = sizes.messages * all.length;
  const { user, system } = process.cpuUsage(before);
  told["rate"] = (1_000 * total) / (performance.now() - begun);
  told["cpu"] = (user + system) / 1_000 / total;
} else {
  const paired = await steady();
  await Promise.all(all.map((one) => one.end()));
  const begun = performance.now();
  await Promise.all(all.map((one) => one.login()));
  told["back"] = (performance.now() - begun) / 1_000;
  told["memory"] = Math.max(paired, await steady());
  told["memory_each"] = (told["memory"] - empty) / all.length;
}
process.stdout.write(`${JSON.stringify(told)}\n`, () => process.exit(0));
