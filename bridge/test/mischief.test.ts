import { describe, expect, it } from "vitest";
import type { BridgeEvent } from "../src/events.js";
import { Mischief } from "../src/simulator/mischief.js";

const none = { dropped: 0, lost: 0, stray: 0, twice: 0 };
const event = (type: string, seq: number): BridgeEvent => ({ type, seq }) as unknown as BridgeEvent;

/** What reaches the outbox, at once and once every delay has passed. */
function said(rates: Partial<typeof none>, type = "message.status"): { now: number[]; later: number[] } {
  const arrived: number[] = [];
  const due: [number, () => void][] = [];
  const outbox = { add: (one: BridgeEvent) => void arrived.push(one.seq) };
  const schedule = { after: (delay: number, run: () => void) => void due.push([delay, run]) };
  const bad = { seed: "s", rates: { ...none, ...rates }, delays: { stray: { min: 10, max: 500 } } };
  const mischief = new Mischief(outbox, schedule, bad);
  for (let seq = 1; seq <= 20; seq++) mischief.add(event(type, seq));
  const now = [...arrived];
  for (const [, run] of due.sort(([one], [other]) => one - other)) run();
  return { now, later: arrived };
}
const inOrder = Array.from({ length: 20 }, (_, at) => at + 1);
const sorted = (numbers: number[]): number[] => [...numbers].sort((one, other) => one - other);

describe("a connection that behaves badly", () => {
  it("passes everything on at once and in order where no rate is set", () => {
    expect(said({})).toEqual({ now: inOrder, later: inOrder });
  });

  it("stray: later and in another order, and none is missing", () => {
    const { now, later } = said({ stray: 1 });
    expect(now).toEqual([]);
    expect(later).not.toEqual(inOrder);
    expect(sorted(later)).toEqual(inOrder);
  });

  it("twice: each comes a second time", () => {
    expect(sorted(said({ twice: 1 }).later)).toEqual(sorted([...inOrder, ...inOrder]));
  });

  it("lost: what the app asks about does not come, a session's state and a person's words do", () => {
    expect(said({ lost: 1 }).later).toEqual([]);
    expect(said({ lost: 1 }, "numbers.checked").later).toEqual([]);
    expect(said({ lost: 1 }, "session.state").later).toEqual(inOrder);
    expect(said({ lost: 1 }, "message.in").later).toEqual(inOrder);
  });

  it("dropped: by the attempt, so that the next one may get through", () => {
    const bad = { seed: "s", rates: { ...none, dropped: 0.5 }, delays: { stray: { min: 0, max: 0 } } };
    const mischief = new Mischief({ add: () => undefined }, { after: () => undefined }, bad);
    const drops = inOrder.map((claim_no) => mischief.drops({ wa_id: "A", claim_no }));
    expect(new Set(drops)).toEqual(new Set([true, false]));
  });
});
