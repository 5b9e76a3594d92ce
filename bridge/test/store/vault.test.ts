import { readdir, readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { initAuthCreds } from "baileys";
import { expect, it } from "vitest";
import { Unopenable, Vault, type Place } from "../../src/store/vault.js";
import { ALFA, BETA, Heard, newChannel, send } from "./app.js";
import { KEYS, onEachDatabase } from "./databases.js";

const OTHER = "another key that has more than 32 characters";
const place: Place = { table: "bridge_message", company: ALFA, channel: "c", id: "1" };

it("what the first key sealed opens with it, wherever it stands in the list", () => {
  const sealed = new Vault(KEYS).seal(place, "oi");
  expect(new Vault(` ${OTHER} , ${KEYS}`).text(place, sealed)).toBe("oi");
  expect(() => new Vault(KEYS).open(place, new Vault(`${OTHER},${KEYS}`).seal(place, "oi"))).toThrow(Unopenable);
});

it.each<[string, Partial<Place>]>([
  ["table", { table: "bridge_event" }],
  ["company", { company: BETA }],
  ["channel", { channel: "d" }],
  ["row", { id: "2" }],
])("a record moved to another %s does not open", (_, moved) => {
  const vault = new Vault(KEYS);
  const sealed = vault.seal(place, "oi");
  expect(vault.text(place, sealed)).toBe("oi");
  expect(() => vault.open({ ...place, ...moved }, sealed)).toThrow(Unopenable);
});

it("a record that was changed, cut or never sealed does not open", () => {
  const vault = new Vault(KEYS);
  const sealed = vault.seal(place, "oi");
  for (let at = 0; at < sealed.length; at += 1) {
    const changed = Buffer.from(sealed);
    changed[at] = (changed[at] ?? 0) ^ 1;
    expect(() => vault.open(place, changed)).toThrow(Unopenable);
  }
  for (const cut of [0, 1, 10, sealed.length - 1]) expect(() => vault.open(place, sealed.subarray(0, cut))).toThrow(Unopenable);
});

it("the same text is never the same record, and a phone's hash is another in another company", () => {
  const vault = new Vault(KEYS);
  expect(vault.seal(place, "oi")).not.toEqual(vault.seal(place, "oi"));
  expect(vault.people("+5511987654321", ALFA)).toEqual(vault.people("551187654321", ALFA));
  expect(vault.people("+5511987654321", ALFA)).not.toEqual(vault.people("+5511987654321", BETA));
});

it.each(["", " , ", "short", `${KEYS},short`])("no store is opened with the keys '%s'", (keys) => {
  expect(() => new Vault(keys)).toThrow(/BRIDGE_KEYS/);
});

onEachDatabase("the vault", (ground) => {
  it("a row moved to another channel is refused, as is every row with another key", async () => {
    const store = await ground.open();
    const [alfa, beta] = [newChannel(), newChannel()];
    await store.leases.take(alfa, ALFA);
    await store.channel(alfa, ALFA, 1).saveCredentials(initAuthCreds());
    const reading = (await ground.open(OTHER)).channel(alfa, ALFA, 1);
    await expect(reading.credentials()).rejects.toThrow(Unopenable);
    expect(await store.channel(alfa, ALFA, 1).credentials()).toBeDefined();
    await ground.tamper(`update bridge_credential set channel = '${beta}' where channel = '${alfa}'`);
    await expect(store.channel(beta, ALFA, 1).credentials()).rejects.toThrow(Unopenable);
  });

  it.runIf(ground.kind === "sqlite")("nothing that was planted stands in the files", async () => {
    const PLANTED = "plantado-7f3a";
    const PHONE = "5511976543210";
    const store = await ground.open();
    store.sayThrough(new Heard());
    const channel = newChannel();
    await store.wish({ channel, company: ALFA, version: 1, wanted: true, proxy: `http://ana:${PLANTED}@proxy:1` });
    await store.leases.take(channel, ALFA);
    await store.state(channel, 1, { me: { phone: `+${PHONE}`, name: PLANTED } });
    const mine = store.channel(channel, ALFA, 1);
    await mine.saveCredentials({ ...initAuthCreds(), pairingCode: PLANTED });
    await mine.keys.set({ session: { a: Buffer.from(PLANTED) }, "lid-mapping": { b: `${PLANTED}@lid` } });
    await mine.arrived([{ key: "k", body: Buffer.from(PLANTED) }]);
    await mine.ledger.claim(send(channel, "3EB00001", 1, { to: `+${PHONE}`, content: { text: PLANTED } }), { connected: true, content: Buffer.from(PLANTED) });
    await mine.rememberLid([{ lid: "1@lid", phone: `+${PHONE}` }]);
    const at = new Date().toISOString();
    await mine.step({ say: [{ type: "message.in", data: { wa_id: "3EB00002", from: PHONE, name: PLANTED, text: PLANTED, at } }] });
    const folder = dirname(ground.url.slice("sqlite://".length));
    let bytes = Buffer.alloc(0);
    for (const name of await readdir(folder)) bytes = Buffer.concat([bytes, await readFile(`${folder}/${name}`)]);
    expect(bytes.includes(channel)).toBe(true);
    for (const secret of [PLANTED, PHONE, Buffer.from(PLANTED).toString("base64").slice(2, 16), Buffer.from(PLANTED).toString("hex")]) {
      expect(bytes.includes(secret)).toBe(false);
    }
  });
});
