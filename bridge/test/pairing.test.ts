import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { BridgeEvent } from "../src/events.js";
import { Announcer } from "../src/simulator/announcer.js";
import type { Journal } from "../src/simulator/journal.js";
import type { Line } from "../src/simulator/lines.js";
import { PairingDesk } from "../src/simulator/pairing.js";
import { Schedule } from "../src/simulator/schedule.js";
import { Sessions } from "../src/simulator/sessions.js";

const FIXED = { login: { min: 10, max: 10 }, pair: { min: 1000, max: 1000 } };
const BOOT: Line = { t: "boot", ledger_id: "l", at: "2026-03-02T12:00:00Z" };

class Scene {
  readonly lines: Line[];
  readonly events: BridgeEvent[] = [];
  readonly sessions = new Sessions();
  readonly desk: PairingDesk;

  constructor(autoPair = false, lines: Line[] = []) {
    this.lines = [...lines, BOOT];
    for (const line of this.lines) this.sessions.replay(line);
    const journal = {
      append: (line: Line, after?: () => void) => {
        this.lines.push(line);
        after?.();
      },
      after: (callback: () => void) => {
        callback();
      },
    };
    const announcer = new Announcer({ add: (event) => this.events.push(event) }, (channel) => this.sessions.epochOf(channel));
    const pairing = { seed: "s", autoPair, delays: FIXED };
    this.desk = new PairingDesk(this.sessions, journal as unknown as Journal, announcer, new Schedule(), pairing);
  }

  wish(type: "start" | "stop" | "logout", version: number, channel = "one"): void {
    const head = { v: 1 as const, id: "1", at: "", channel, company: "alfa" };
    this.desk.wish({ ...head, type: `session.${type}`, data: { version } });
  }

  scan(): void {
    this.desk.scan("one");
  }

  /** What was said since the last time, in short. */
  said(): string[] {
    return this.events.splice(0).map(({ type, data }) => {
      if (type === "session.state") return `${data.state}${data.reason === null ? "" : ` ${data.reason}`} v${data.version}`;
      return type === "session.qr" ? `qr ${data.attempt}` : type;
    });
  }
}

describe("sessions", () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  const paired = (): Scene => {
    const scene = new Scene();
    scene.wish("start", 1);
    scene.scan();
    vi.advanceTimersByTime(10);
    expect(scene.said()).toEqual(["starting v1", "qr v1", "qr 1", "pairing v1", "connected v1"]);
    return scene;
  };

  it("start shows a QR; the scan pairs and connects", () => {
    expect(paired().sessions.isConnected("one")).toBe(true);
  });

  it("a QR lives 60 s, five more 20 s each, then the session stops", () => {
    const scene = new Scene();
    scene.wish("start", 1);
    scene.said();
    vi.advanceTimersByTime(59_999);
    expect(scene.said()).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(scene.said()).toEqual(["qr 2"]);
    vi.advanceTimersByTime(99_990);
    expect(scene.said()).toEqual(["qr 3", "qr 4", "qr 5", "qr 6"]);
    vi.advanceTimersByTime(20_000);
    expect(scene.said()).toEqual(["stopped qr_timeout v1"]);
    scene.wish("start", 2);
    expect(scene.said()).toEqual(["starting v2", "qr v2", "qr 1"]);
  });

  it("with auto-pair nobody has to scan", () => {
    const scene = new Scene(true);
    scene.wish("start", 1);
    scene.said();
    vi.advanceTimersByTime(1100);
    expect(scene.said()).toEqual(["pairing v1", "connected v1"]);
  });

  it("stop keeps the pairing, logout forgets it; every start raises the epoch", () => {
    const scene = paired();
    expect(scene.sessions.epochOf("one")).toBe(2);
    scene.wish("stop", 2);
    scene.wish("start", 3);
    vi.advanceTimersByTime(10);
    expect(scene.said()).toEqual(["stopped asked v2", "starting v3", "connected v3"]);
    expect(scene.sessions.epochOf("one")).toBe(3);
    scene.wish("logout", 4);
    scene.wish("start", 5);
    expect(scene.said()).toEqual(["logged_out asked v4", "starting v5", "qr v5", "qr 1"]);
    expect(scene.sessions.epochOf("one")).toBe(4);
  });

  it("a wish seen before, or an older one, only repeats the state", () => {
    const scene = paired();
    scene.wish("stop", 1);
    scene.wish("start", 1);
    scene.wish("logout", 0);
    expect(scene.said()).toEqual(["connected v1", "connected v1", "connected v1"]);
    scene.wish("start", 2);
    expect(scene.said()).toEqual(["connected v2"]);
    expect(scene.sessions.epochOf("one")).toBe(2);
  });

  it("a wish repeated while the QR stands shows the same QR again", () => {
    const scene = new Scene();
    scene.wish("start", 1);
    const [first] = scene.events.filter((event) => event.type === "session.qr");
    scene.events.length = 0;
    scene.wish("start", 1);
    expect(scene.events.find((event) => event.type === "session.qr")?.data).toEqual(first?.data);
  });

  it("a code stands beside the QR, each asking gives another, and the scan pairs", () => {
    const scene = new Scene();
    scene.desk.pairCode("one");
    expect(scene.events).toEqual([]);
    scene.wish("start", 1);
    scene.events.length = 0;
    scene.desk.pairCode("one");
    scene.desk.pairCode("one");
    const codes = scene.events.map((event) => (event.type === "session.pair_code" ? event.data.code : event.type));
    expect(codes).toEqual([expect.stringMatching(/^[1-9A-Z]{8}$/), expect.stringMatching(/^[1-9A-Z]{8}$/)]);
    expect(new Set(codes).size).toBe(2);
    scene.scan();
    vi.advanceTimersByTime(10);
    expect(scene.sessions.isConnected("one")).toBe(true);
    scene.events.length = 0;
    scene.desk.pairCode("one");
    expect(scene.said()).toEqual(["connected v1"]);
  });

  it("a stop while logging in wins", () => {
    const scene = new Scene();
    scene.wish("start", 1);
    scene.scan();
    scene.wish("stop", 2);
    scene.said();
    vi.advanceTimersByTime(1000);
    expect(scene.said()).toEqual([]);
    expect(scene.sessions.get("one")?.state).toBe("stopped");
  });

  it("after a restart what was up comes up, at most five at a time, and the rest says its state", () => {
    const before = new Scene(true);
    for (let at = 0; at < 7; at++) before.wish("start", 1, `channel ${at}`);
    vi.advanceTimersByTime(2000);
    before.wish("stop", 2, "channel 6");
    const after = new Scene(false, before.lines);
    after.desk.resume();
    expect(after.said()).toEqual([...Array<string>(6).fill("reconnecting restart v1"), "stopped asked v2"]);
    expect(after.sessions.held).toEqual([]);
    vi.advanceTimersByTime(10);
    expect(after.said()).toEqual(Array<string>(5).fill("connected v1"));
    vi.advanceTimersByTime(10);
    expect(after.said()).toEqual(["connected v1"]);
    expect(after.sessions.held).toHaveLength(6);
    expect(after.sessions.epochOf("channel 0")).toBe(before.sessions.epochOf("channel 0") + 1);
  });

  it("each channel has a number of its own, also after a logout", () => {
    const scene = new Scene(true);
    for (const channel of ["one", "two"]) scene.wish("start", 1, channel);
    vi.advanceTimersByTime(2000);
    const phones = (): unknown[] => [...scene.sessions].map((session) => session.me?.phone);
    expect(phones()).toEqual(["+5511900000001", "+5511900000002"]);
    scene.wish("logout", 2, "one");
    expect(phones()).toEqual([undefined, "+5511900000002"]);
    scene.wish("start", 3, "one");
    vi.advanceTimersByTime(2000);
    expect(phones()).toEqual(["+5511900000001", "+5511900000002"]);
  });

  it("only sessions that are up have their commands read", () => {
    const scene = paired();
    expect(scene.sessions.held).toEqual(["one"]);
    scene.wish("stop", 2);
    expect(scene.sessions.held).toEqual([]);
  });
});
