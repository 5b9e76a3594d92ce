import hooks from "node:async_hooks";
import { syncBuiltinESMExports } from "node:module";

const Stock = hooks.AsyncLocalStorage;
const values = new Stock<ReadonlyMap<object, unknown>>();

/**
 * Baileys makes two AsyncLocalStorages a socket. Before Node 24 each that was ever used is asked at the birth of every
 * promise of the process, and stays for ever: 200 sessions make every promise 400 times as dear, and each reconnection
 * leaks two. Here all of them are entries of one.
 */
class Entry<T> extends Stock<T> {
  override getStore(): T | undefined {
    return values.getStore()?.get(this) as T | undefined;
  }

  override run<R, Arguments extends unknown[]>(store: T, run: (...given: Arguments) => R, ...given: Arguments): R {
    return values.run(new Map([...(values.getStore() ?? []), [this, store]]), run, ...given);
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

hooks.AsyncLocalStorage = Entry;
syncBuiltinESMExports();
