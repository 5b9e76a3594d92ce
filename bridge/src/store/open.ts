import { randomUUID } from "node:crypto";
import type { Log } from "../log.js";
import { sweep } from "./cleaning.js";
import { SqlChannelStore } from "./channel.js";
import { Database } from "./database.js";
import { erase } from "./erasing.js";
import { Events } from "./events.js";
import { Journal } from "./journal.js";
import { SqlLeases } from "./leases.js";
import { SqlAsking } from "./ledger.js";
import { Lids } from "./lids.js";
import { migrate } from "./migrations.js";
import type { Store } from "./ports.js";
import { lockedOut, Resealing } from "./resealing.js";
import { Sessions } from "./sessions.js";
import { Vault } from "./vault.js";

/**
 * Opens the bridge's tables at `url` (`sqlite://`, `postgres://`, `mysql://`; the folder of a file must
 * exist), brings them up to date and takes part in them as a new owner. `keys`: BRIDGE_KEYS; `lease`: ms.
 * Nothing leaves for the app before `sayThrough`.
 */
export async function openStore({ url, keys, lease = 30_000, log }: { url: string; keys: string; lease?: number; log: Log }): Promise<Store> {
  const vault = new Vault(keys);
  const database = Database.at(url, log);
  const ledgerId = await migrate(database);
  const owner = randomUUID();
  const events = new Events(database, vault, log);
  const books = { database, vault, events, ledgerId, log };
  const around = { journal: new Journal(database, vault), lids: new Lids(database, vault, events) };
  const sessions = new Sessions(database, vault, owner);
  const resealing = new Resealing(database, vault, log);
  const asking = new SqlAsking(books);
  return {
    ledgerId,
    owner,
    leases: new SqlLeases(database, owner, lease),
    channel: (channel, company, epoch) => new SqlChannelStore(books, around, { channel, company, owner, epoch }),
    ask: (command) => asking.ask(command),
    sayThrough: (outbox) => {
      events.start(outbox);
    },
    sessions: (channel) => sessions.all(channel),
    wish: (of) => sessions.wish(of),
    state: (channel, epoch, change) => sessions.state(channel, epoch, change),
    claimNumber: (channel, epoch, me) => sessions.claimNumber(channel, epoch, me),
    oldestCall: () => database.calls.oldest(),
    lockedOut: () => lockedOut(database, vault),
    sweep: async () => {
      const swept = await sweep(database);
      const goesOn = await resealing.round();
      return { ...swept, more: swept.more || goesOn };
    },
    erase: (channel, company, phone) => erase(database, vault, { channel, company, phone }),
    close: async () => {
      await events.close();
      await database.close();
    },
  };
}
