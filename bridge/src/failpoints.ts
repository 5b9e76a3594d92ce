import { writeSync } from "node:fs";

/**
 * Named places where a test may have this process killed, by SIGKILL to itself, at its n-th passage:
 * `FAIL_POINTS=bridge.judged:3`. The app's own points share the variable; production refuses it.
 */
export const POINTS = [
  /** An entry is here; nothing is decided. */
  "bridge.taken",
  /** It is decided in memory; nothing is written. */
  "bridge.judged",
  /** Half of what was to be written is in the file: a torn line. */
  "bridge.torn",
  /** Written, not yet safe on disk. */
  "bridge.written",
  /** On disk, nobody has heard of it. */
  "bridge.synced",
  /** What is to be said is known, the stream has not got it. */
  "bridge.answering",
  /** The stream has got it. */
  "bridge.answered",
  /** The app has applied it; the ledger does not know that yet. */
  "bridge.confirmed",
  /** The session's: stanzas are in the journal, Baileys has not seen them. */
  "bridge.arrived",
  /** The ratchet's step and its plaintext are committed, no event is. */
  "bridge.ratchet",
  /** Events and the stanza's done mark are committed. */
  "bridge.stepped",
  /** The claim is `writing`; nothing is at the socket. */
  "bridge.writing",
  /** The frame is at the socket; the ledger says `writing`. */
  "bridge.relayed",
] as const;
export type Point = (typeof POINTS)[number];

const armed = new Map<Point, number>();

/** Arms the bridge's points among `point:n,…`, in place of whatever was armed. */
export function arm(wanted: string): void {
  armed.clear();
  for (const one of wanted.split(",").filter((item) => item.startsWith("bridge."))) {
    const [name = "", passage = "1"] = one.split(":");
    const point = POINTS.find((known) => known === name);
    if (point === undefined) throw new Error(`no fail point is called ${name}`);
    armed.set(point, Number(passage));
  }
}

/** True at the passage at which this process is to die here. */
export function isDue(point: Point): boolean {
  if (armed.size === 0) return false;
  const left = armed.get(point);
  if (left === undefined) return false;
  armed.set(point, left - 1);
  return left === 1;
}

export function reach(point: Point): void {
  if (isDue(point)) die(point);
}

export function die(point: Point): void {
  writeSync(2, `fail point ${point}\n`);
  process.kill(process.pid, "SIGKILL");
}

const given = process.env["FAIL_POINTS"] ?? "";
if (given !== "") {
  if ((process.env["APP_ENV"] ?? "production") === "production") {
    throw new Error("FAIL_POINTS kills processes: production does not start with it");
  }
  arm(given);
}
