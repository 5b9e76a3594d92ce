import { BufferJSON, proto, type SignalDataSet, type SignalDataTypeMap, type SignalKeyStore } from "baileys";
import type { Database } from "./database.js";
import { fence } from "./leases.js";
import { pages, upsert } from "./rows.js";
import type { Place, Vault } from "./vault.js";

export interface Holder {
  channel: string;
  company: string;
  owner: string;
  epoch: number;
}

/** Baileys' Signal keys, any type it or the session names: one fenced transaction per `set`. */
export class SqlKeys implements SignalKeyStore {
  constructor(
    private readonly database: Database,
    private readonly vault: Vault,
    private readonly holder: Holder,
  ) {}

  async get<T extends keyof SignalDataTypeMap>(type: T, ids: string[]): Promise<Record<string, SignalDataTypeMap[T]>> {
    const found: Record<string, SignalDataTypeMap[T]> = {};
    for (const page of pages(ids)) {
      const rows = await this.database.read((db) =>
        db
          .selectFrom("bridge_signal_key")
          .select(["key_id", "body"])
          .where("channel", "=", this.holder.channel)
          .where("type", "=", type)
          .where("key_id", "in", page)
          .execute(),
      );
      for (const { key_id, body } of rows) found[key_id] = revive(type, this.vault.text(this.placeOf(type, key_id), body)) as SignalDataTypeMap[T];
    }
    return found;
  }

  async set(data: SignalDataSet): Promise<void> {
    const { kind, now } = this.database;
    const { channel } = this.holder;
    const put: { channel: string; type: string; key_id: string; body: Buffer }[] = [];
    const gone = new Map<string, string[]>();
    for (const [type, entries] of Object.entries(data)) {
      for (const [key_id, value] of Object.entries(entries as Record<string, unknown>)) {
        if (value == null) gone.set(type, [...(gone.get(type) ?? []), key_id]);
        else put.push({ channel, type, key_id, body: this.vault.seal(this.placeOf(type, key_id), JSON.stringify(value, BufferJSON.replacer)) });
      }
    }
    await this.database.write(async (trx) => {
      await fence(kind, trx, this.holder);
      const rows = put.map((row) => ({ ...row, at: now }));
      await upsert(kind, trx, "bridge_signal_key", rows, { keys: ["channel", "type", "key_id"], columns: ["body", "at"] });
      for (const [type, ids] of gone) {
        for (const page of pages(ids)) {
          await trx.deleteFrom("bridge_signal_key").where("channel", "=", channel).where("type", "=", type).where("key_id", "in", page).execute();
        }
      }
    });
  }

  private placeOf(type: string, id: string): Place {
    const { company, channel } = this.holder;
    return { table: "bridge_signal_key", company, channel, id: `${type} ${id}` };
  }
}

function revive(type: string, text: string): unknown {
  const value = JSON.parse(text, BufferJSON.reviver) as Record<string, unknown>;
  return type === "app-state-sync-key" ? proto.Message.AppStateSyncKeyData.fromObject(value) : value;
}
