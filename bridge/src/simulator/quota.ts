import type { Said } from "../events.js";
import type { Line, WriteLine } from "./lines.js";

/** Percent of a day's new chats from which WhatsApp warns. */
const WARNS_FROM = 80;
const DAY_MS = 24 * 60 * 60 * 1000;

type First = Pick<WriteLine, "channel" | "to" | "at">;

/** WhatsApp's quota of new chats: whom a channel had not written to before, by the day. A limit of 0 is none. */
export class Quota {
  private readonly known = new Map<string, Set<string>>();
  private readonly used = new Map<string, number>();

  constructor(private readonly limit: number) {}

  replay(line: Line): void {
    if (line.t === "write") this.count(line);
  }

  /** What WhatsApp says after this write, if anything. */
  after(write: First): Said | undefined {
    const used = this.count(write);
    if (used === undefined || used * 100 < WARNS_FROM * this.limit) return undefined;
    const until = new Date((dayOf(write) + 1) * DAY_MS).toISOString();
    return { type: "session.restricted", data: { kind: "quota", until, used, limit: this.limit } };
  }

  /** New chats of that day with this one; undefined when it is none. */
  private count({ channel, to, at }: First): number | undefined {
    if (this.limit === 0) return undefined;
    const people = this.known.get(channel) ?? new Set<string>();
    this.known.set(channel, people);
    if (people.has(to)) return undefined;
    people.add(to);
    const key = `${channel} ${String(dayOf({ at }))}`;
    const used = (this.used.get(key) ?? 0) + 1;
    this.used.set(key, used);
    return used;
  }
}

function dayOf({ at }: Pick<First, "at">): number {
  return Math.floor(Date.parse(at) / DAY_MS);
}
