import hooks from "node:async_hooks";
import { syncBuiltinESMExports } from "node:module";

const Stock = hooks.AsyncLocalStorage;
const values = new Stock<ReadonlyMap<object, unknown>>();
/** Transactions of Baileys whose work is done. */
const over = new WeakSet<object>();

/**
 * Baileys makes two AsyncLocalStorages a socket. Before Node 24 each that was ever used is asked at the birth of every
 * promise of the process, and stays for ever: 200 sessions make every promise 400 times as dear, and each reconnection
 * leaks two. Here all of them are entries of one.
 *
 * And a transaction of Baileys ends with its work. The stock one goes on for whatever that work left running: what is
 * written there is put into a transaction that was committed long ago, and lost. So no token issued to a person was ever
 * kept, and each message to the same person issued another.
 */
class Entry<T> extends Stock<T> {
  override getStore(): T | undefined {
    const store = values.getStore()?.get(this);
    return isTransaction(store) && over.has(store) ? undefined : (store as T | undefined);
  }

  override run<R, Arguments extends unknown[]>(store: T, run: (...given: Arguments) => R, ...given: Arguments): R {
    const result = values.run(new Map([...(values.getStore() ?? []), [this, store]]), run, ...given);
    if (result instanceof Promise && isTransaction(store)) {
      const end = (): void => void over.add(store);
      result.then(end, end);
    }
    return result;
  }

  override exit<R, Arguments extends unknown[]>(run: (...given: Arguments) => R, ...given: Arguments): R {
    return this.run(undefined as T, run, ...given);
  }

  override enterWith(store: T): void {
    values.enterWith(new Map([...(values.getStore() ?? []), [this, store]]));
  }

  override disable(): void {
    this.enterWith(undefined as T);
  }
}

/** By its shape: the class that makes it is Baileys' own. */
function isTransaction(store: unknown): store is object {
  return typeof store === "object" && store !== null && "mutations" in store && "dbQueries" in store;
}

hooks.AsyncLocalStorage = Entry;
syncBuiltinESMExports();
