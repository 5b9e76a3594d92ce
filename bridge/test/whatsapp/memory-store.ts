import { BufferJSON, proto, type AuthenticationCreds, type SignalDataSet, type SignalDataTypeMap } from "baileys";
import type { Said } from "../../src/events.js";
import type { ChannelStore, Ledger, Stanza, Step } from "../../src/store/ports.js";

export type DataOf<T extends Said["type"]> = Extract<Said, { type: T }>["data"];
type Row = { state: "writing" | "written" | "acked" | "refused"; claimNo: number; code?: string };

/** What outlives a session, as the SQL store keeps it but in memory; nothing is kept by reference. */
export class MemoryStore implements ChannelStore {
  readonly channel = "0b7d9e6a-0000-4000-8000-000000000001";
  readonly company = "0b7d9e6a-0000-4000-8000-000000000002";
  readonly epoch = 1;
  readonly said: Said[] = [];
  readonly rows = new Map<string, Row>();
  readonly content = new Map<string, Uint8Array>();
  readonly journal = new Map<string, { at: number; body: Uint8Array; done: boolean }>();
  readonly lids = new Map<string, string>();
  readonly data = new Map<string, string>();
  creds: string | undefined;
  /** Before each call, by name: throws or waits. */
  before: ((call: string, given?: unknown) => Promise<void> | void) | undefined;
  private waiters = new Set<() => void>();

  readonly keys = {
    get: async <T extends keyof SignalDataTypeMap>(type: T, ids: string[]): Promise<Record<string, SignalDataTypeMap[T]>> => {
      await this.before?.("get", { type, ids });
      const found: Record<string, SignalDataTypeMap[T]> = {};
      for (const id of ids) {
        const kept = this.data.get(`${type} ${id}`);
        if (kept === undefined) continue;
        const value: unknown = JSON.parse(kept, BufferJSON.reviver);
        found[id] = (type === "app-state-sync-key" ? proto.Message.AppStateSyncKeyData.fromObject(value as object) : value) as SignalDataTypeMap[T];
      }
      return found;
    },
    set: async (data: SignalDataSet): Promise<void> => {
      await this.before?.("set", data);
      for (const [type, ids] of Object.entries(data)) {
        for (const [id, value] of Object.entries(ids as Record<string, unknown>)) {
          if (value === null || value === undefined) this.data.delete(`${type} ${id}`);
          else this.data.set(`${type} ${id}`, JSON.stringify(value, BufferJSON.replacer));
        }
      }
      this.changed();
    },
  };

  async credentials(): Promise<AuthenticationCreds | undefined> {
    await this.before?.("credentials");
    return this.creds === undefined ? undefined : (JSON.parse(this.creds, BufferJSON.reviver) as AuthenticationCreds);
  }

  async saveCredentials(credentials: AuthenticationCreds): Promise<void> {
    await this.before?.("saveCredentials");
    this.creds = JSON.stringify(credentials, BufferJSON.replacer);
  }

  wipe(): Promise<void> {
    this.creds = undefined;
    this.data.clear();
    return Promise.resolve();
  }

  async arrived(stanzas: Stanza[]): Promise<void> {
    await this.before?.("arrived", stanzas);
    for (const { key, body } of stanzas) if (!this.journal.has(key)) this.journal.set(key, { at: this.journal.size + 1, body, done: false });
  }

  undone(after: number, most: number): Promise<{ at: number; stanza: Stanza }[]> {
    const open = [...this.journal].filter(([, { at, done }]) => !done && at > after);
    return Promise.resolve(open.slice(0, most).map(([key, { at, body }]) => ({ at, stanza: { key, body } })));
  }

  async step({ say = [], done = [] }: Step): Promise<void> {
    await this.before?.("step", { say, done });
    this.said.push(...say);
    this.mark(done);
  }

  sentContent(waId: string): Promise<Uint8Array | undefined> {
    return Promise.resolve(this.content.get(waId));
  }

  phoneOfLid(lid: string): Promise<string | undefined> {
    return Promise.resolve(this.lids.get(lid));
  }

  rememberLid(pairs: { lid: string; phone: string }[]): Promise<void> {
    for (const { lid, phone } of pairs) this.lids.set(lid, phone);
    this.said.push({ type: "lid.mapped", data: { pairs } });
    this.changed();
    return Promise.resolve();
  }

  readonly ledger: Ledger = {
    isDue: () => Promise.resolve(true),
    claim: async ({ data: { wa_id: waId, claim_no: claimNo } }, { connected, hindrance, content }) => {
      await this.before?.("claim", waId);
      const isClaimed = connected && hindrance === undefined;
      this.rows.set(waId, isClaimed ? { state: "writing", claimNo } : { state: "refused", claimNo, code: hindrance ?? "not_connected" });
      if (isClaimed && content !== undefined) this.content.set(waId, content);
      this.changed();
      return isClaimed;
    },
    written: async (waId, claimNo) => {
      await this.before?.("written", waId);
      if (this.rows.get(waId)?.state === "writing") this.rows.set(waId, { state: "written", claimNo });
      this.changed();
    },
    takeBack: (waId, claimNo, code) => {
      this.rows.set(waId, { state: "refused", claimNo, code });
      return Promise.resolve();
    },
    acked: async (waId) => {
      await this.before?.("acked", waId);
      if (this.content.has(waId)) this.rows.set(waId, { state: "acked", claimNo: this.rows.get(waId)?.claimNo ?? 0 });
      this.changed();
    },
    refused: (waId, claimNo, code, retryable) => {
      this.rows.set(waId, { state: "refused", claimNo, code: retryable ? `${code}?` : code });
      this.changed();
      return Promise.resolve();
    },
    receipts: async (seen) => {
      await this.before?.("receipts", seen);
      for (const { waId, rank, at } of seen) {
        if (this.content.has(waId)) this.said.push({ type: "message.status", data: { wa_id: waId, claim_no: 1, rank, at: at.toISOString() } });
      }
      this.changed();
    },
  };

  /** Stanzas nobody has dealt with. */
  get open(): number {
    return [...this.journal.values()].filter(({ done }) => !done).length;
  }

  of<T extends Said["type"]>(type: T): DataOf<T>[] {
    return this.said.filter((said) => said.type === type).map((said) => said.data as DataOf<T>);
  }

  /** What `find` finds, once it does. */
  until<T>(find: () => T | undefined | false): Promise<T> {
    return new Promise((resolve) => {
      const look = (): void => {
        const found = find();
        if (found === undefined || found === false) return;
        this.waiters.delete(look);
        resolve(found);
      };
      this.waiters.add(look);
      look();
    });
  }

  /** Somebody beside the store changed something that is waited for. */
  changed(): void {
    for (const look of [...this.waiters]) look();
  }

  private mark(keys: string[]): void {
    for (const key of keys) {
      const row = this.journal.get(key);
      if (row !== undefined) row.done = true;
    }
    this.changed();
  }
}
