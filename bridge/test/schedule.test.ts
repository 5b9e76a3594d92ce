import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Schedule } from "../src/simulator/schedule.js";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

it("everything runs in the order of its moment, whatever the order it came in", () => {
  const schedule = new Schedule();
  const ran: number[] = [];
  const delays = Array.from({ length: 300 }, (_, at) => ((at * 7919) % 997) + 1);
  for (const delay of delays) schedule.after(delay, () => ran.push(delay));
  vi.advanceTimersByTime(1000);
  expect(ran).toEqual([...delays].sort((a, b) => a - b));
});

it("nothing runs early, and no delay means at once", () => {
  const schedule = new Schedule();
  const ran: string[] = [];
  schedule.after(50, () => ran.push("later"));
  schedule.after(0, () => ran.push("now"));
  expect(ran).toEqual(["now"]);
  vi.advanceTimersByTime(49);
  expect(ran).toEqual(["now"]);
  vi.advanceTimersByTime(1);
  expect(ran).toEqual(["now", "later"]);
});

it("nothing runs after stop", () => {
  const schedule = new Schedule();
  const ran: string[] = [];
  schedule.after(5, () => ran.push("planned"));
  schedule.stop();
  schedule.after(0, () => ran.push("new"));
  vi.advanceTimersByTime(100);
  expect(ran).toEqual([]);
});
