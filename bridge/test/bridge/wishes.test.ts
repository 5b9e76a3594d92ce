import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { StoredSession } from "../../src/store/ports.js";
import { ALFA, CHANNEL } from "../app-side.js";
import { ANA, Process, SharedRows } from "./fakes.js";

describe("wishes that another process kept", () => {
  let rows: SharedRows;
  const processes: Process[] = [];

  beforeEach(() => {
    rows = new SharedRows();
  });
  afterEach(async () => {
    for (const one of processes.splice(0)) await one.keeper.stop();
  });

  const boot = (): Process => {
    const made = new Process(rows);
    processes.push(made);
    made.keeper.start();
    return made;
  };
  /** What a process that is gone left behind. */
  const left = (kept: Partial<StoredSession>): void => {
    rows.rows.set(CHANNEL, { channel: CHANNEL, company: ALFA, wanted: true, version: 0, answered: -1, state: "stopped", reason: null, me: null, paired: false, proxy: null, historyDays: 0, ...kept });
  };

  it("a wish that was kept by a process which died before it did anything is carried out when it comes again", async () => {
    left({ version: 4, answered: 3, state: "stopped", reason: "qr_timeout" });
    const bridge = boot();
    await bridge.wish("session.start", 4);
    await bridge.session();
    expect(bridge.said).toEqual(["starting v4"]);
  });

  it("a start that another process began and that rests since is answered again and opens nothing", async () => {
    left({ version: 4, answered: 4, state: "stopped", reason: "qr_timeout" });
    const bridge = boot();
    await bridge.wish("session.start", 4);
    expect(bridge.said).toEqual(["stopped qr_timeout v4"]);
    expect(bridge.sessions).toHaveLength(0);
  });

  it("a start that found the session up is begun for the next process too: what rests since is not opened again", async () => {
    const first = boot();
    await first.wish("session.start", 1);
    (await first.session()).connect();
    await first.says("connected v1");
    await first.wish("session.start", 2);
    first.sessions[0]?.close("failed");
    await first.says("failed refused v2");
    await first.keeper.stop();
    const second = boot();
    await second.wish("session.start", 2);
    expect(second.said).toEqual(["failed refused v2"]);
    expect(second.sessions).toHaveLength(0);
  });

  it("no state names a wish that was kept and not carried out, whoever comes up in between", async () => {
    left({ version: 4, answered: 3, state: "connected", paired: true });
    const resumed = boot();
    (await resumed.session()).connect();
    await resumed.says("connected v3");
    await resumed.wish("session.start", 4);
    expect(resumed.said.at(-1)).toBe("connected v4");
    expect(resumed.sessions).toHaveLength(1);
  });

  it("a logout that another process left undone names its wish only when it is done", async () => {
    left({ version: 5, answered: 4, wanted: false, state: "connected", me: ANA, paired: true });
    rows.devices.add(CHANNEL);
    const bridge = boot();
    const done = bridge.wish("session.logout", 5);
    const session = await bridge.session();
    expect(bridge.said).toEqual(["reconnecting restart v4"]);
    session.connect();
    await done;
    expect(bridge.said.at(-1)).toBe("logged_out asked v5");
  });
});
