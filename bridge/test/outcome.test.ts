import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readConfig, type Rates } from "../src/config_simulator.js";
import { outcome } from "../src/simulator/outcome.js";
import { qrText } from "../src/simulator/qr.js";

const env = { REDIS_URL: "redis://127.0.0.1:1/0", BRIDGE_SECRET: "a secret long enough" };
const { delays, rates } = readConfig(env).simulator;
const ids = Array.from({ length: 2000 }, (_, at) => `3EB0${String(at).padStart(18, "0")}`);
const ends = (seed: string, over: Partial<Rates>, again = 0): string[] =>
  ids.map((id) => {
    const last = outcome(seed, id, again, { ...rates, ...over }, delays).at(-1);
    return last?.code ?? last?.rank ?? "nothing";
  });
const share = (found: string[], wanted: string): number => found.filter((one) => one === wanted).length / found.length;

describe("outcomes", () => {
  it("the same seed and message give the same receipts and delays", () => {
    for (const id of ids.slice(0, 50)) {
      expect(outcome("one", id, 0, rates, delays)).toEqual(outcome("one", id, 0, rates, delays));
    }
    expect(ends("one", {})).not.toEqual(ends("two", {}));
  });

  it.each<[keyof Rates, string]>([
    ["nack", "nack"],
    ["unacked", "nothing"],
    ["undelivered", "server_ack"],
    ["unread", "delivered"],
    ["reply", "reply"],
    ["opt_out", "reply"],
  ])("%s: 0 never, 1 always, 0.25 about a quarter", (rate, end) => {
    const only = { nack: 0, unacked: 0, undelivered: 0, unread: 0, reply: 0, opt_out: 0 };
    expect(share(ends("one", only), end)).toBe(0);
    expect(share(ends("one", { ...only, [rate]: 1 }), end)).toBe(1);
    expect(share(ends("one", { ...only, [rate]: 0.25 }), end)).toBeCloseTo(0.25, 1);
  });

  it("a repeated write draws again, or an unacked one could never arrive", () => {
    const first = ends("one", { unacked: 0.5 });
    const second = ends("one", { unacked: 0.5 }, 1);
    expect(first.some((end, at) => end === "nothing" && second[at] !== "nothing")).toBe(true);
  });

  it("a QR is a link of its seed, channel, epoch and attempt", () => {
    expect(qrText("s", "c", 1, 1)).toMatch(/^https:\/\/wa\.me\/settings\/linked_devices#2@[^,]{80},[^,]{44},[^,]{44},[^,]{44},1$/);
    expect(qrText("s", "c", 1, 1)).toBe(qrText("s", "c", 1, 1));
    expect(qrText("s", "c", 1, 2)).not.toBe(qrText("s", "c", 1, 1));
  });
});

describe("settings", () => {
  it("delays and rates not named keep their default", () => {
    const { simulator } = readConfig({ ...env, SIMULATOR_DELAYS: "ack:0,read:5-9", SIMULATOR_RATES: "nack:0.5" });
    expect(simulator.delays).toMatchObject({ ack: { min: 0, max: 0 }, read: { min: 5, max: 9 }, delivered: { min: 50, max: 400 } });
    expect(simulator.rates).toMatchObject({ nack: 0.5, unread: 0.3 });
  });

  it("BRIDGE_REDIS_URL comes before REDIS_URL", () => {
    expect(readConfig({ ...env, BRIDGE_REDIS_URL: "unix:///a.sock" }).redisUrl).toBe("unix:///a.sock");
  });

  it("a secret may stand in a file; one that cannot be read is named", () => {
    const folder = mkdtempSync(join(tmpdir(), "config-"));
    writeFileSync(join(folder, "secret"), "a secret out of a file\n");
    const from = (path: string): string => readConfig({ REDIS_URL: "redis://127.0.0.1:1", BRIDGE_SECRET_FILE: path }).secret;
    expect(from(join(folder, "secret"))).toBe("a secret out of a file");
    expect(() => from(join(folder, "none"))).toThrow(/^BRIDGE_SECRET_FILE/);
    rmSync(folder, { recursive: true });
  });

  it.each([
    ["SIMULATOR_DELAYS", "ack:fast"],
    ["SIMULATOR_DELAYS", "ackk:1"],
    ["SIMULATOR_RATES", "nack:2"],
    ["BRIDGE_SECRET", "short"],
    ["LOG_LEVEL", "loud"],
  ])("%s=%s is refused by name, without its value", (name, value) => {
    expect(() => readConfig({ ...env, [name]: value })).toThrow(new RegExp(`^${name}`));
    expect(() => readConfig({ ...env, [name]: value })).not.toThrow(value);
  });
});
