import { afterEach, beforeAll, beforeEach, expect, it, vi } from "vitest";
import { event } from "../../src/events.js";
import type { Store } from "../../src/store/ports.js";
import { ask, Heard, newChannel } from "./app.js";
import { onEachDatabase, until } from "./databases.js";

onEachDatabase("events", (ground) => {
  let channel: string;
  const asked = (store: Store, numbers: number[]) => Promise.all(numbers.map((n) => store.ask(ask(channel, `3EB0000${n}`, 1))));
  const seen = (heard: Heard) => new Set(heard.of(channel).map(({ id, epoch, seq }) => `${id} ${epoch} ${seq}`));
  beforeAll(() => ground.open());
  beforeEach(() => {
    channel = newChannel();
    // The relay's clock is ours; the databases' sockets keep theirs.
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  });
  afterEach(async () => {
    vi.useRealTimers();
    await ground.close();
    await ground.tamper("delete from bridge_event");
  });

  it("are of the wire's shape, numbered, and never numbered twice", async () => {
    const store = await ground.open();
    const heard = new Heard();
    store.sayThrough(heard);
    await asked(store, [1, 2, 3, 4]);
    expect(seen(heard).size).toBe(4);
    for (const one of heard.of(channel)) expect(event.parse(one)).toEqual(one);
  });

  it("survive the process that made them: the next one says the very same, at once", async () => {
    const dead = await ground.open();
    const lost = new Heard();
    dead.sayThrough(lost);
    await asked(dead, [1, 2, 3]);
    const heard = new Heard();
    (await ground.open()).sayThrough(heard);
    await until(() => heard.of(channel).length === 3);
    expect(seen(heard)).toEqual(seen(lost));
    expect(heard.of(channel)).toEqual(expect.arrayContaining(lost.of(channel)));
  });

  it("made before anybody listens leave when somebody does", async () => {
    const store = await ground.open();
    await asked(store, [1]);
    const heard = new Heard();
    store.sayThrough(heard);
    await until(() => heard.of(channel).length === 1);
  });

  it("are gone once they are confirmed, and not before", async () => {
    const store = await ground.open();
    const heard = new Heard();
    store.sayThrough(heard);
    await asked(store, [1, 2, 3]);
    heard.confirm();
    await asked(store, [4]);
    await store.close();
    await until(async () => (await ground.count("bridge_event")) === 1);
    const after = new Heard();
    (await ground.open()).sayThrough(after);
    await until(() => after.of(channel).length > 0);
    expect(after.of(channel)).toMatchObject([{ data: { wa_id: "3EB00004" } }]);
  });

  it("of a process that died later are found while this one runs, those of a living one are left to it", async () => {
    const running = await ground.open();
    const heard = new Heard();
    running.sayThrough(heard);
    const dead = await ground.open();
    await asked(dead, [1, 2]);
    await ground.tamper("update bridge_event set at = at - 30000");
    await asked(dead, [3]);
    await vi.advanceTimersByTimeAsync(10_000);
    await until(() => heard.of(channel).length === 2);
    expect(heard.of(channel).map(({ data }) => data)).toMatchObject([{ wa_id: "3EB00001" }, { wa_id: "3EB00002" }]);
    await vi.advanceTimersByTimeAsync(10_000);
    // What is held here already is not said a second time.
    await asked(running, [4]);
    expect(heard.of(channel)).toHaveLength(3);
  });

  it("that no key opens hold up no others, and are kept", async () => {
    await asked(await ground.open("another key that has more than 32 characters"), [1]);
    await asked(await ground.open(), [2]);
    const heard = new Heard();
    (await ground.open()).sayThrough(heard);
    await until(() => heard.of(channel).length === 1);
    expect(heard.of(channel)).toMatchObject([{ data: { wa_id: "3EB00002" } }]);
    expect(await ground.count("bridge_event")).toBe(2);
  });
});
