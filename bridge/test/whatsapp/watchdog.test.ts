import { afterEach, beforeEach, expect, test } from "vitest";
import { Watchdog } from "../../src/bridge/watchdog.js";
import { CHANNEL } from "../app-side.js";
import { log, Process, SharedRows, SWIFT, type FakeSession } from "../bridge/fakes.js";

const STUCK = { oldestUnacked: 0, oldestUndone: SWIFT.stuck / 1000 + 1 };
let bridge: Process;
let failures: string[];

beforeEach(() => {
  bridge = new Process(new SharedRows());
  failures = [];
});

afterEach(() => bridge.keeper.stop());

const watchdog = (store: { oldestCall(): number } = bridge.store): Watchdog =>
  new Watchdog({ store, held: () => bridge.keeper.held.values(), pace: { ...SWIFT, secondChance: 0 }, log, fail: (why) => failures.push(why) });

async function session(count: number): Promise<FakeSession> {
  const opened = await bridge.session(count);
  opened.connect();
  return opened;
}

test("a call of the store that does not end ends the process, a slow one does not", () => {
  watchdog({ oldestCall: () => SWIFT.stuck / 1000 }).look();
  expect(failures).toEqual([]);
  watchdog({ oldestCall: () => SWIFT.stuck / 1000 + 1 }).look();
  expect(failures).toHaveLength(1);
});

test.each([
  ["messages are told to nobody", STUCK],
  ["sends nobody acknowledges", { oldestUnacked: STUCK.oldestUndone, oldestUndone: 0 }],
])("a session whose %s is opened again, once, and then the process ends", async (_, unwell) => {
  const watching = watchdog();
  await bridge.wish("session.start", 1);
  const first = await session(1);
  watching.look();
  first.unwell = unwell;
  watching.look();
  const second = await session(2);
  expect([first.isOver, failures]).toEqual([true, []]);

  second.unwell = unwell;
  watching.look();
  expect(failures).toHaveLength(1);
  expect(bridge.sessions).toHaveLength(2);
});

test("one that is well again has its first chance anew", async () => {
  const watching = watchdog();
  await bridge.wish("session.start", 1);
  for (const count of [1, 2, 3]) {
    const one = await session(count);
    watching.look();
    one.unwell = STUCK;
    watching.look();
  }
  await session(4);
  expect(failures).toEqual([]);
});

test("one that hangs since before this process costs the others nothing", async () => {
  const watching = watchdog();
  await bridge.wish("session.start", 1);
  (await session(1)).unwell = STUCK;
  watching.look();
  (await session(2)).unwell = STUCK;
  watching.look();
  watching.look();
  expect(failures).toEqual([]);
  expect(bridge.keeper.held.has(CHANNEL)).toBe(true);
});
