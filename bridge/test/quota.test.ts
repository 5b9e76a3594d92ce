import { describe, expect, it } from "vitest";
import { Quota } from "../src/simulator/quota.js";
import type { WriteLine } from "../src/simulator/lines.js";

const write = (to: number, at = "2026-03-02T12:00:00.000Z", channel = "one"): WriteLine => ({
  t: "write",
  channel,
  company: "alfa",
  wa_id: `3EB0${String(to)}`,
  claim_no: 1,
  again: 0,
  at,
  to: `+55119${String(to).padStart(8, "0")}`,
  text: "Oi",
  sha256: "0".repeat(64),
});
const until = "2026-03-03T00:00:00.000Z";

describe("the quota of new chats", () => {
  it("warns from 80 % on, at each new chat", () => {
    const quota = new Quota(5);
    const said = [1, 2, 3, 4, 5].map((to) => quota.after(write(to)));
    expect(said.map((one) => one?.data)).toEqual([
      undefined,
      undefined,
      undefined,
      { kind: "quota", until, used: 4, limit: 5 },
      { kind: "quota", until, used: 5, limit: 5 },
    ]);
  });

  it("counts nobody twice, no other channel, and begins anew each day", () => {
    const quota = new Quota(2);
    expect(quota.after(write(1))).toBeUndefined();
    expect(quota.after(write(1))).toBeUndefined();
    expect(quota.after(write(2, undefined, "two"))).toBeUndefined();
    expect(quota.after(write(3, "2026-03-03T00:00:00.000Z"))).toBeUndefined();
    expect(quota.after(write(4))?.data).toMatchObject({ used: 2 });
  });

  it("remembers the ledger's writes, and a limit of 0 is none", () => {
    const quota = new Quota(2);
    quota.replay(write(1));
    expect(quota.after(write(2))?.data).toMatchObject({ used: 2, limit: 2 });
    const none = new Quota(0);
    expect([1, 2, 3].map((to) => none.after(write(to)))).toEqual([undefined, undefined, undefined]);
  });
});
