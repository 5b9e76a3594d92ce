import { afterEach, describe, expect, it } from "vitest";
import { BackOff } from "../../src/bridge/back_off.js";
import { PACE } from "../../src/bridge/pace.js";
import type { Closed } from "../../src/whatsapp/ports.js";
import { CHANNEL } from "../app-side.js";
import { Process, SharedRows } from "./fakes.js";

const closed = (then: Closed["then"]): Closed => ({ code: 0, then, reason: null });

describe("what follows the end of a socket", () => {
  let bridge: Process;
  afterEach(() => bridge.keeper.stop());

  const connected = async (): Promise<void> => {
    bridge = new Process(new SharedRows());
    await bridge.wish("session.start", 1);
    (await bridge.session()).connect();
    await bridge.says("connected v1");
  };
  /** Ends the newest session so often; each time but the last another must follow. */
  const end = async (then: Closed["then"], times: number): Promise<void> => {
    for (let count = 1; count <= times; count += 1) (await bridge.session(count)).close(then);
  };

  it.each([
    ["qr_over", "stopped qr_timeout v1"],
    ["logged_out", "logged_out logged_out v1"],
    ["banned", "banned banned v1"],
    ["failed", "failed refused v1"],
  ] as const)("%s rests as %s, and the lease is free", async (then, said) => {
    await connected();
    await end(then, 1);
    await bridge.says(said);
    await expect.poll(() => bridge.held()).toBeUndefined();
    expect(bridge.sessions).toHaveLength(1);
  });

  it("a transient end and a restart after pairing reconnect, each with a new session", async () => {
    await connected();
    bridge.sessions[0]?.close("back_off");
    (await bridge.session(2)).close("at_once");
    (await bridge.session(3)).connect();
    await bridge.says("connected v1");
    expect(bridge.said).toEqual(["starting v1", "connected v1", "reconnecting connection_lost v1", "reconnecting restart v1", "connected v1"]);
  });

  it("a replaced session is opened again three times, then it is a conflict", async () => {
    await connected();
    await end("replaced", 4);
    await bridge.says("conflict replaced v1");
    expect(bridge.sessions).toHaveLength(4);
  });

  it("an old client asks for the version three times, then it is outdated", async () => {
    await connected();
    await end("outdated", 4);
    await bridge.says("outdated outdated v1");
    expect(bridge.refreshed).toBe(3);
  });

  it("a logout by the phone forgets the device, and only a new wish shows a QR", async () => {
    await connected();
    expect(bridge.rows.devices.has(CHANNEL)).toBe(true);
    await end("logged_out", 1);
    await bridge.says("logged_out logged_out v1");
    expect(bridge.rows.devices.has(CHANNEL)).toBe(false);
    await bridge.wish("session.start", 1);
    expect(bridge.said.at(-1)).toBe("logged_out logged_out v1");
    expect(bridge.sessions).toHaveLength(1);
    await bridge.wish("session.start", 2);
    await bridge.session(2);
    expect(bridge.said.at(-1)).toBe("starting v2");
  });

  it("waits double up to a minute, with full jitter, and begin anew once a socket stood for a minute", () => {
    const waits = (random: number): number[] => {
      const backOff = new BackOff(PACE, () => random);
      return Array.from({ length: 8 }, () => backOff.after(closed("back_off"), 59_999)).map((next) => ("wait" in next ? next.wait : -1));
    };
    expect(waits(1)).toEqual([1, 2, 4, 8, 16, 32, 60, 60].map((seconds) => seconds * 1000));
    expect(waits(0)).toEqual(Array(8).fill(0));
    const backOff = new BackOff(PACE, () => 1);
    backOff.after(closed("back_off"), 0);
    expect(backOff.after(closed("back_off"), 60_000)).toMatchObject({ wait: 1000 });
  });
});
