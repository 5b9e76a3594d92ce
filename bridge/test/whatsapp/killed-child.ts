import { writeSync } from "node:fs";
import { pino } from "pino";
import type { Said } from "../../src/events.js";
import { Database } from "../../src/store/database.js";
import { openStore } from "../../src/store/open.js";
import { openSession } from "../../src/whatsapp/session.js";
import { MemoryMedia, VERSION, write } from "./linked.js";

/** A bridge process with one session on a file; its parent names the fail point it dies at. One JSON line a fact. */
const given = JSON.parse(process.argv[2] ?? "{}") as { url: string; root: string; store: string; keys: string };
const say = (fact: object): void => {
  writeSync(1, `${JSON.stringify(fact)}\n`);
};
const log = pino({ level: "silent" });
const store = await openStore({ url: given.store, keys: given.keys, log });
const channel = "0b7d9e6a-0000-4000-8000-000000000001";
const company = "0b7d9e6a-0000-4000-8000-000000000002";
// The one before was killed; nobody waits half a minute for its lease here.
const database = Database.at(given.store, log);
await database.write((trx) => trx.updateTable("bridge_lease").set({ until_at: 0 }).execute());
await database.close();
const taken = await store.leases.take(channel, company);
if (taken === undefined) throw new Error("somebody else holds the lease");
const mine = store.channel(channel, company, taken.epoch);
const step = mine.step.bind(mine);
mine.step = async (what: { say?: Said[]; done?: string[] }) => {
  await step(what);
  for (const said of what.say ?? []) if (said.type === "message.in") say({ told: said.data.wa_id, text: said.data.text });
};
const session = openSession(
  { store: mine, media: new MemoryMedia(), address: { version: VERSION, url: given.url, rootKey: Buffer.from(given.root, "hex") }, proxy: null, log },
  {
    state: (state) => {
      say({ state });
    },
    qr: ({ text }) => {
      say({ qr: text });
    },
    pairCode: () => undefined,
    closed: ({ then }) => {
      say({ closed: then });
    },
  },
);
process.stdin.on("data", (chunk: Buffer) => {
  const [to = "", waId = "", text = ""] = chunk.toString().trim().split(" ");
  void session.send(write(to, { text }, { waId })).then(() => {
    say({ sent: waId });
  });
});
await session.start();
