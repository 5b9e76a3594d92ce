import { AsyncLocalStorage, createHook } from "node:async_hooks";
import { expect, test } from "vitest";
import "../../src/whatsapp/storages.js";

test("each storage has its own value, inside one another and across awaits", async () => {
  const [one, other] = [new AsyncLocalStorage<string>(), new AsyncLocalStorage<string>()];
  await one.run("a", async () => {
    await other.run("b", async () => {
      await Promise.resolve();
      expect([one.getStore(), other.getStore()]).toEqual(["a", "b"]);
      one.exit(() => { expect([one.getStore(), other.getStore()]).toEqual([undefined, "b"]); });
    });
    expect([one.getStore(), other.getStore()]).toEqual(["a", undefined]);
  });
  expect(one.getStore()).toBeUndefined();
});

test("two that run beside each other see nothing of each other", async () => {
  const storage = new AsyncLocalStorage<number>();
  const seen = await Promise.all([1, 2].map((number) => storage.run(number, async () => {
    await Promise.resolve();
    return storage.getStore();
  })));
  expect(seen).toEqual([1, 2]);
});

test("a promise born inside twenty of them carries one value, not twenty", async () => {
  expect(await valuesOfAPromise()).toBeLessThan(3);
});

/** How many storages wrote their key into a promise that is born inside one of them. */
async function valuesOfAPromise(): Promise<number> {
  let most = 0;
  const hook = createHook({
    init(_id, _type, _trigger, resource) {
      most = Math.max(most, Object.getOwnPropertySymbols(resource).filter((one) => one.description === "kResourceStore").length);
    },
  }).enable();
  const all = Array.from({ length: 20 }, () => new AsyncLocalStorage<number>());
  const nest = async (at: number): Promise<void> => {
    const storage = all[at];
    if (storage === undefined) await Promise.resolve();
    else await storage.run(at, () => nest(at + 1));
  };
  await nest(0);
  hook.disable();
  return most;
}
