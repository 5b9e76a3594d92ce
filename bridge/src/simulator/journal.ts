import { createReadStream } from "node:fs";
import { mkdir, open, type FileHandle } from "node:fs/promises";
import { dirname } from "node:path";
import { die, isDue, reach } from "../failpoints.js";
import { line as shape, type Line } from "./lines.js";

/** How long a line that nobody waits for may stay in memory. */
const LAZY_MS = 100;

export class CorruptLedger extends Error {}

/**
 * An append-only file of JSON lines. What is appended in one tick shares one fsync, and its
 * callbacks run, in order, only once it is on disk. A write that fails is thrown out of the
 * process: memory would else be ahead of the file.
 */
export class Journal {
  private buffer: string[] = [];
  private callbacks: (() => void)[] = [];
  private flushing: Promise<void> | undefined;
  private scheduled = false;
  private timer: NodeJS.Timeout | undefined;

  private constructor(
    private readonly file: FileHandle,
    private readonly fail: (error: Error) => void,
  ) {}

  /** Hands every whole line to `replay`, cuts a torn last one and opens the file for appending. */
  static async open(path: string, replay: (line: Line) => void, fail: (error: Error) => void): Promise<Journal> {
    await mkdir(dirname(path), { recursive: true });
    const file = await open(path, "a+", 0o600);
    const whole = await replayLines(path, replay);
    await file.truncate(whole);
    const folder = await open(dirname(path), "r");
    await folder.sync();
    await folder.close();
    return new Journal(file, fail);
  }

  append(line: Line, after?: () => void): void {
    this.buffer.push(`${JSON.stringify(line)}\n`);
    if (after !== undefined) this.callbacks.push(after);
    this.schedule();
  }

  /** For a line whose loss costs only repeated work. */
  appendLazily(line: Line): void {
    this.buffer.push(`${JSON.stringify(line)}\n`);
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      this.schedule();
    }, LAZY_MS);
  }

  /** Runs once everything appended so far is on disk; at once if it is. */
  after(callback: () => void): void {
    if (this.buffer.length === 0 && this.flushing === undefined) {
      callback();
      return;
    }
    this.callbacks.push(callback);
    this.schedule();
  }

  get backlog(): number {
    return this.buffer.length;
  }

  async settled(): Promise<void> {
    await new Promise<void>((done) => {
      this.after(done);
    });
  }

  async close(): Promise<void> {
    clearTimeout(this.timer);
    // A callback may append once more.
    while (this.buffer.length > 0 || this.flushing !== undefined) await this.settled();
    await this.file.close();
  }

  private schedule(): void {
    if (this.scheduled || this.flushing !== undefined) return;
    this.scheduled = true;
    setImmediate(() => {
      this.scheduled = false;
      this.flushing = this.flush().finally(() => {
        this.flushing = undefined;
        if (this.buffer.length + this.callbacks.length > 0) this.schedule();
      });
    });
  }

  private async flush(): Promise<void> {
    const { buffer, callbacks } = this;
    this.buffer = [];
    this.callbacks = [];
    try {
      if (buffer.length > 0) {
        if (isDue("bridge.torn")) await this.tear(buffer.join(""));
        await this.file.appendFile(buffer.join(""));
        reach("bridge.written");
        await this.file.datasync();
        reach("bridge.synced");
      }
    } catch (error) {
      this.fail(error as Error);
      return;
    }
    for (const callback of callbacks) callback();
  }

  /** For a fail point: a write that a kill cut in the middle of its last line. */
  private async tear(text: string): Promise<void> {
    await this.file.appendFile(text.slice(0, -Math.ceil(text.length / 2)));
    die("bridge.torn");
  }
}

/** Returns the length of the file up to its last whole line. */
async function replayLines(path: string, replay: (line: Line) => void): Promise<number> {
  let rest: Buffer = Buffer.alloc(0);
  let whole = 0;
  let number = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>) {
    const data = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let start = 0;
    for (let end = data.indexOf(10); end >= 0; end = data.indexOf(10, start)) {
      number += 1;
      replay(readLine(data.toString("utf8", start, end), number));
      whole += end + 1 - start;
      start = end + 1;
    }
    rest = data.subarray(start);
  }
  return whole;
}

/** A whole line was fsynced or stood before one that was: a wrong one is damage, not a torn tail. */
function readLine(text: string, number: number): Line {
  try {
    return shape.parse(JSON.parse(text));
  } catch {
    throw new CorruptLedger(`line ${number} of the simulator's ledger is not a line of a ledger`);
  }
}
