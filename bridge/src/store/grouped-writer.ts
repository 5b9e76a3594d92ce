import { CompiledQuery } from "kysely";
import type { Call } from "./calls.js";
import { StoreTimeout } from "./ports.js";
import type { Db, Trx } from "./tables.js";

interface Waiting {
  unit: (trx: Trx) => Promise<unknown>;
  call: Call;
  done: (value: never) => void;
  fail: (error: unknown) => void;
}

/** Made once: composing them anew would cost more than what they do. */
const SAVE = CompiledQuery.raw("savepoint unit");
const RELEASE = CompiledQuery.raw("release unit");
const BACK = CompiledQuery.raw("rollback to unit");

/** Bounds how long one transaction holds the file: about 20 ms. */
const UNITS = 64;

/**
 * SQLite has one writer and each commit waits for the disk: what waits together is committed
 * together, each unit behind a savepoint of its own, and nobody hears of it before the commit.
 */
export class GroupedWriter {
  private waiting: Waiting[] = [];
  private running: Promise<void> | undefined;

  constructor(private readonly db: Db) {}

  add<T>(unit: (trx: Trx) => Promise<T>, call: Call): Promise<T> {
    return new Promise<T>((done, fail) => {
      this.waiting.push({ unit, call, done, fail });
      this.running ??= this.run();
    });
  }

  async settled(): Promise<void> {
    await this.running;
  }

  private async run(): Promise<void> {
    // What the same turn of the event loop brings joins the first group.
    await new Promise((done) => setImmediate(done));
    while (this.waiting.length > 0) await this.commit(this.waiting.splice(0, UNITS));
    this.running = undefined;
  }

  private async commit(group: Waiting[]): Promise<void> {
    let outcomes: (() => void)[];
    try {
      outcomes = await this.db.transaction().execute(async (trx) => {
        const made: (() => void)[] = [];
        // Alone it needs no savepoint: what it did goes back with the transaction.
        const attempt = group.length === 1 ? run : attemptApart;
        for (const one of group) made.push(await attempt(trx, one));
        return made;
      });
    } catch (error) {
      for (const { fail } of group) fail(error);
      return;
    }
    for (const tell of outcomes) tell();
  }
}

/** Gives what its caller hears after the commit. */
async function run(trx: Trx, { unit, call, done, fail }: Waiting): Promise<() => void> {
  if (call.isGivenUp) {
    return () => {
      fail(new StoreTimeout("given up before it began"));
    };
  }
  const value = (await unit(trx)) as never;
  return () => {
    done(value);
  };
}

async function attemptApart(trx: Trx, one: Waiting): Promise<() => void> {
  await trx.executeQuery(SAVE);
  try {
    const tell = await run(trx, one);
    await trx.executeQuery(RELEASE);
    return tell;
  } catch (error) {
    await trx.executeQuery(BACK);
    await trx.executeQuery(RELEASE);
    return () => {
      one.fail(error);
    };
  }
}
