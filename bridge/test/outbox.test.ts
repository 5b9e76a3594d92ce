import { describe, expect, it } from "vitest";
import { pino } from "pino";
import type { Redis } from "ioredis";
import { Outbox } from "../src/outbox.js";
import type { BridgeEvent } from "../src/events.js";

describe("what the outbox writes", () => {
  it("half a character in one text leaves every other event of the batch readable", async () => {
    const bodies: string[] = [];
    const pipeline = {
      xadd: (...given: string[]) => bodies.push(given[3] ?? ""),
      exec: () => Promise.resolve(bodies.map((_, at) => [null, `${at}-0`])),
    };
    const redis = { pipeline: () => pipeline } as unknown as Redis;
    const outbox = new Outbox({ redis, key: Buffer.alloc(32), ledgerId: "l", stream: "s", group: "g", log: pino({ level: "silent" }) });
    const event = (text: string) => ({ type: "message.in", data: { text } }) as unknown as BridgeEvent;
    outbox.add(event("a\ud83d"));
    outbox.add(event("whole 😀 \\ud83d"));
    await outbox.close();
    const { events } = JSON.parse(bodies[0] ?? "") as { events: { data: { text: string } }[] };
    expect(events.map(({ data }) => data.text)).toEqual(["a\ufffd", "whole 😀 \\ud83d"]);
  });
});
