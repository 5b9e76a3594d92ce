import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { CHANNEL } from "../app-side.js";
import { Process, SharedRows } from "./fakes.js";

const OTHER = "0198c1f0-2222-7aaa-8aaa-000000000002";

describe("one number, one channel", () => {
  let rows: SharedRows;
  let bridge: Process;

  beforeEach(() => {
    rows = new SharedRows();
    bridge = new Process(rows);
    bridge.keeper.start();
  });
  afterEach(() => bridge.keeper.stop());

  const opened = async (channel: string, count: number): ReturnType<Process["session"]> => {
    await bridge.wish("session.start", 1, {}, channel);
    return bridge.session(count);
  };
  const saidOf = (channel: string): string[] =>
    bridge.events.flatMap((event) => (event.type === "session.state" && event.channel === channel ? [event.data.state] : []));

  it("a number that is paired with another channel is told goodbye and never said to be connected", async () => {
    (await opened(OTHER, 1)).connect();
    await bridge.says("connected v1");
    const session = await opened(CHANNEL, 2);
    session.connect();
    await bridge.says("logged_out number_taken v1");
    expect(session.did).toContain("logout");
    expect(saidOf(CHANNEL)).toEqual(["starting", "logged_out"]);
    expect(rows.rows.get(CHANNEL)).toMatchObject({ paired: false, me: null });
    expect(rows.rows.get(OTHER)).toMatchObject({ state: "connected", paired: true });
  });

  it("of two channels that pair the same number at once one is connected and the other told goodbye", async () => {
    const [one, two] = [await opened(CHANNEL, 1), await opened(OTHER, 2)];
    one.connect();
    two.connect();
    await vi.waitFor(() => { expect(bridge.said).toHaveLength(4); });
    expect(bridge.said.slice(2).sort()).toEqual(["connected v1", "logged_out number_taken v1"]);
    expect([...rows.rows.values()].filter(({ paired }) => paired)).toHaveLength(1);
  });

  it("an end that comes while the number is asked for is the last word", async () => {
    let answer = (): void => undefined;
    rows.answering = new Promise((done) => (answer = done));
    const session = await opened(CHANNEL, 1);
    session.connect();
    session.close("logged_out");
    // As long as it takes another channel to end the same way: by then the word would be out.
    (await opened(OTHER, 2)).close("logged_out");
    await bridge.says("logged_out logged_out v1");
    answer();
    await vi.waitFor(() => { expect(bridge.keeper.held.size).toBe(0); });
    expect(saidOf(CHANNEL)).toEqual(["starting", "connected", "logged_out"]);
    expect(rows.rows.get(CHANNEL)).toMatchObject({ paired: false, me: null });
  });
});
