import { expect, test } from "vitest";
import { Keys } from "../../src/whatsapp/keys.js";
import { MemoryStore } from "./memory-store.js";

test("what is there, and what is not, is asked of the store once, until it is written", async () => {
  const store = new MemoryStore();
  const asked: unknown[] = [];
  store.before = (call, given) => { if (call === "get") asked.push(given); };
  const keys = new Keys(store.keys, { failed: (error) => { throw error; }, mapped: () => undefined });
  const read = async (): Promise<unknown> => (await keys.get("tctoken", ["ana"]))["ana"];

  expect([await read(), await read()]).toEqual([undefined, undefined]);
  expect(asked).toHaveLength(1);
  await keys.set({ tctoken: { ana: { token: Buffer.from("a") } } });
  expect([await read(), await read()]).toMatchObject([{ token: Buffer.from("a") }, { token: Buffer.from("a") }]);
  await keys.set({ tctoken: { ana: null } });
  expect([await read(), await read()]).toEqual([undefined, undefined]);
  expect(asked.length).toBeLessThan(3);
});

test("the list of everybody with a token, which grows with each of them, is not kept", async () => {
  const store = new MemoryStore();
  const keys = new Keys(store.keys, { failed: () => undefined, mapped: () => undefined });
  await keys.set({ tctoken: { "1@lid": { token: Buffer.from("t") }, __index: { token: Buffer.from('["1@lid"]') } } });
  await keys.set({ tctoken: { __index: { token: Buffer.from('["1@lid"]') } } });
  expect([...store.data.keys()]).toEqual(["tctoken 1@lid"]);
});
