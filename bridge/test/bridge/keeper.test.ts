import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { carryOut } from "../../src/bridge/carry_out.js";
import { ALFA, CHANNEL } from "../app-side.js";
import { ANA, log, Process, SharedRows } from "./fakes.js";

describe("channels that a bridge holds", () => {
  let rows: SharedRows;
  const processes: Process[] = [];

  beforeEach(() => {
    rows = new SharedRows();
  });
  afterEach(async () => {
    for (const one of processes.splice(0)) {
      rows.cutOff.clear();
      await one.keeper.stop();
    }
  });

  const boot = (pace = {}): Process => {
    const made = new Process(rows, pace);
    processes.push(made);
    made.keeper.start();
    return made;
  };
  const connected = async (pace = {}): Promise<Process> => {
    const bridge = boot(pace);
    await bridge.wish("session.start", 1);
    (await bridge.session()).connect();
    await bridge.says("connected v1");
    return bridge;
  };

  it("a start brings a session up and every state names its wish", async () => {
    const bridge = boot();
    await bridge.wish("session.start", 3);
    const session = await bridge.session();
    session.listener.state("qr", null, null);
    session.listener.qr({ text: "ref", expires_at: "2999-01-01T00:00:00Z", attempt: 1 });
    session.listener.state("pairing", null, null);
    session.connect();
    await bridge.says("connected v3");
    expect(bridge.said).toEqual(["starting v3", "qr v3", "pairing v3", "connected v3"]);
    expect(bridge.events.map(({ epoch, seq }) => [epoch, seq])).toEqual([1, 2, 3, 4, 5].map((seq) => [1, seq]));
    expect(bridge.events.findIndex(({ type }) => type === "session.qr")).toBe(2);
    expect(rows.rows.get(CHANNEL)).toMatchObject({ state: "connected", me: ANA, paired: true, wanted: true });
  });

  it("a wish that comes again is answered again, with its QR, and opens nothing", async () => {
    const bridge = boot();
    await bridge.wish("session.start", 1);
    const session = await bridge.session();
    session.listener.state("qr", null, null);
    session.listener.qr({ text: "ref", expires_at: "2999-01-01T00:00:00Z", attempt: 1 });
    await bridge.wish("session.start", 1);
    expect(bridge.said).toEqual(["starting v1", "qr v1", "qr v1"]);
    expect(bridge.events.filter(({ type }) => type === "session.qr")).toHaveLength(2);
    expect(bridge.sessions).toHaveLength(1);
  });

  it("an older wish changes nothing", async () => {
    const bridge = await connected();
    await bridge.wish("session.start", 5);
    await bridge.wish("session.stop", 4);
    expect(bridge.said.at(-1)).toBe("connected v5");
    expect(bridge.sessions[0]?.isConnected).toBe(true);
  });

  it("a stop closes the socket, keeps the pairing and gives the lease back", async () => {
    const bridge = await connected();
    await bridge.wish("session.stop", 2);
    expect(bridge.said.at(-1)).toBe("stopped asked v2");
    expect(bridge.sessions[0]?.isOver).toBe(true);
    await vi.waitFor(() => { expect(rows.leases.get(CHANNEL)?.owner).toBe(""); });
    expect(rows.rows.get(CHANNEL)).toMatchObject({ wanted: false, paired: true });
  });

  it("a logout tells WhatsApp and forgets the device", async () => {
    const bridge = await connected();
    await bridge.wish("session.logout", 2);
    expect(bridge.sessions[0]?.did).toContain("logout");
    expect(bridge.said.at(-1)).toBe("logged_out asked v2");
    expect(rows.rows.get(CHANNEL)).toMatchObject({ me: null, paired: false });
    expect(rows.devices.size).toBe(0);
  });

  it("a logout of a stopped channel comes up once more to tell WhatsApp, and names its wish only when it is done", async () => {
    const bridge = await connected();
    await bridge.wish("session.stop", 2);
    const done = bridge.wish("session.logout", 3);
    const second = await bridge.session(2);
    second.connect();
    await done;
    expect(second.did).toContain("logout");
    expect(bridge.said.slice(-3)).toEqual(["reconnecting restart v2", "connected v2", "logged_out asked v3"]);
  });

  it("a logout that WhatsApp never hears forgets the device all the same", async () => {
    const bridge = await connected({ logout: 30 });
    await bridge.wish("session.stop", 2);
    await bridge.wish("session.logout", 3);
    expect(bridge.said.at(-1)).toBe("logged_out asked v3");
    expect(rows.devices.size).toBe(0);
  });

  it("after a restart what was connected comes back by itself, what rested rests", async () => {
    const first = await connected();
    await first.wish("session.start", 1, {}, "other");
    const other = await first.session(2);
    other.close("qr_over");
    await first.says("stopped qr_timeout v1");
    await first.keeper.stop();
    const second = boot();
    (await second.session()).connect();
    await second.says("connected v1");
    expect(second.said).toEqual(["reconnecting restart v1", "connected v1"]);
    expect(second.events.every(({ channel, epoch }) => channel === CHANNEL && epoch === 2)).toBe(true);
    expect(second.sessions).toHaveLength(1);
  });

  it("two bridges on the same rows open one socket for each channel", async () => {
    const [one, two] = [boot(), boot()];
    const answers = await Promise.all([one.wish("session.start", 1), two.wish("session.start", 1)]);
    expect(answers.filter((held) => held)).toHaveLength(1);
    await vi.waitFor(() => { expect(one.sessions.length + two.sessions.length).toBe(1); });
  });

  it("who cannot renew closes its socket before anybody else may take the lease, and says nothing more", async () => {
    const bridge = await connected({ holdAlone: 60 });
    rows.cutOff.add(bridge.store.owner);
    await vi.waitFor(() => { expect(bridge.sessions[0]?.isOver).toBe(true); });
    expect(bridge.held()).toBeUndefined();
    expect(bridge.said.at(-1)).toBe("connected v1");
  });

  it("a lease lost to another bridge closes the socket at the next renewal; the other goes on with a higher epoch", async () => {
    const frozen = await connected();
    const spoken = frozen.events.length;
    rows.expire(CHANNEL);
    const other = new Process(rows);
    processes.push(other);
    expect(await other.wish("session.start", 1)).toBe(true);
    (await other.session()).connect();
    await vi.waitFor(() => { expect(frozen.sessions[0]?.isOver).toBe(true); });
    await other.says("connected v1");
    expect(frozen.events).toHaveLength(spoken);
    expect(other.events.every(({ epoch }) => epoch === 2)).toBe(true);
  });

  it("a lease lost while the first state is kept opens no socket", async () => {
    const bridge = boot({ renew: 60_000 });
    const keep = bridge.store.state.bind(bridge.store);
    bridge.store.state = async (...given) => {
      rows.leases.set(CHANNEL, { owner: "another", epoch: 9 });
      await keep(...given);
    };
    await bridge.wish("session.start", 1);
    await vi.waitFor(() => { expect(bridge.keeper.held.size).toBe(0); });
    expect(bridge.sessions).toHaveLength(0);
  });

  it("a state that is refused for its epoch ends the session at once", async () => {
    const bridge = await connected({ renew: 60_000 });
    const spoken = bridge.events.length;
    rows.leases.set(CHANNEL, { owner: "another", epoch: 9 });
    bridge.sessions[0]?.listener.state("needs_passkey", "passkey", null);
    await vi.waitFor(() => { expect(bridge.sessions[0]?.isOver).toBe(true); });
    expect(bridge.events).toHaveLength(spoken);
    expect(rows.leases.get(CHANNEL)).toEqual({ owner: "another", epoch: 9 });
  });

  it("five log in at once, the sixth when one is through", async () => {
    const bridge = boot();
    const names = ["a", "b", "c", "d", "e", "f", "g"];
    await Promise.all(names.map((name) => bridge.wish("session.start", 1, {}, name)));
    await bridge.session(5);
    expect(bridge.sessions).toHaveLength(5);
    bridge.sessions[0]?.connect();
    await bridge.session(6);
    bridge.sessions[1]?.close("banned");
    await bridge.session(7);
  });

  it("typing is passed to the session while it is new, and not when it waited", async () => {
    const bridge = boot();
    await bridge.wish("session.start", 1);
    const session = await bridge.session();
    const held = bridge.held() as NonNullable<ReturnType<typeof bridge.held>>;
    const command = { v: 1 as const, id: "one", channel: CHANNEL, company: ALFA, type: "presence" as const, data: { phone: "+5511912345678", state: "composing" as const } };
    await carryOut(held, { ...command, at: "2020-01-01T00:00:00Z" }, log);
    expect(session.did).not.toContain("composing +5511912345678");
    await carryOut(held, { ...command, at: new Date().toISOString() }, log);
    expect(session.did).toContain("composing +5511912345678");
  });

  it("the past that was asked for is still wanted by the process after one that went before the scan", async () => {
    const before = boot();
    await before.wish("session.start", 1, { history_days: 30 });
    await before.session();
    await before.keeper.stop();
    const after = boot();
    expect((await after.session()).around.historyDays).toBe(30);
  });

  it("another proxy opens another socket through it; the same one opens none", async () => {
    const bridge = boot();
    await bridge.wish("session.start", 1, { proxy: "http://one.example:1" });
    (await bridge.session()).connect();
    await bridge.wish("session.start", 2, { proxy: "http://one.example:1" });
    expect(bridge.sessions).toHaveLength(1);
    await bridge.wish("session.start", 3, { proxy: "http://two.example:1" });
    const second = await bridge.session(2);
    expect(bridge.sessions[0]?.isOver).toBe(true);
    expect(second.around.proxy).toBe("http://two.example:1");
  });
});
