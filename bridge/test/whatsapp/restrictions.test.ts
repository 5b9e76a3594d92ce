import { expect, test } from "vitest";
import { quota } from "../../src/whatsapp/restrictions.js";

const ENDS = 1_893_456_000;
const UNTIL = new Date(ENDS * 1000).toISOString();
const told = (notice: Record<string, unknown>) => quota({ cycle_end_timestamp: String(ENDS), ...notice })?.data;

test("a count of new chats is told with its end, from none used on", () => {
  expect(told({ used_quota: 80, total_quota: 100 })).toEqual({ kind: "quota", until: UNTIL, used: 80, limit: 100 });
  expect(told({ used_quota: 0, total_quota: 100, capping_status: "NONE" })).toEqual({ kind: "quota", until: UNTIL, used: 0, limit: 100 });
});

test.each(["FIRST_WARNING", "SECOND_WARNING", "CAPPED", "A_NEWER_WORD"])("a notice of %s without numbers is told without them", (capping_status) => {
  expect(told({ capping_status })).toEqual({ kind: "quota", until: UNTIL });
  expect(told({ capping_status, total_quota: 100 })).toEqual({ kind: "quota", until: UNTIL });
});

test("a notice that neither counts nor warns bars nobody", () => {
  expect(told({ capping_status: "NONE" })).toBeUndefined();
  expect(told({ total_quota: 100 })).toBeUndefined();
  expect(told({})).toBeUndefined();
});
