import type { Generated, Kysely, Transaction } from "kysely";

/** 0 or 1: the three databases agree on small numbers, not on booleans. */
type Flag = number;
/** Milliseconds since 1970 by the database's clock: compares alike in the three, whatever the time zone. */
type Millis = number;

/** The tables of the bridge. Every Buffer is sealed by the vault; `person` is a keyed hash of a phone. */
export interface Tables {
  bridge_migration: { number: number };
  bridge_ledger_name: { id: number; name: string };
  bridge_lease: { channel: string; company: string; owner: string; epoch: number; until_at: Millis };
  bridge_session: {
    channel: string;
    company: string;
    wanted: Flag;
    /** Of the last wish that was kept. */
    version: number;
    /** Of the last wish that was carried out, kept with the state it led to; -1: of none. */
    answered_version: number;
    state: string;
    reason: string | null;
    me: Buffer | null;
    /** Keyed hash of our own phone, of the whole installation: one number, one channel. */
    me_hash: string | null;
    paired: Flag;
    proxy: Buffer | null;
    history_days: number;
  };
  bridge_credential: { channel: string; body: Buffer };
  bridge_signal_key: { channel: string; type: string; key_id: string; body: Buffer; at: Millis };
  bridge_message: {
    channel: string;
    wa_id: string;
    company: string;
    state: string;
    claim_no: number;
    fence: number;
    doubt: Flag;
    code: string | null;
    retryable: Flag;
    person: string | null;
    /** Recipient and sha256 of the first attempt. */
    first: Buffer | null;
    content: Buffer | null;
    content_at: Millis | null;
  };
  bridge_inbound: {
    id: Generated<number>;
    channel: string;
    stanza_key: string;
    /** Gone once the stanza is dealt with; its key stays for a day, so that a copy is known. */
    body: Buffer | null;
    at: Millis;
    done_at: Millis | null;
  };
  bridge_event: {
    id: Generated<number>;
    uid: string;
    channel: string;
    company: string;
    epoch: number;
    body: Buffer;
    at: Millis;
  };
  bridge_lid: { channel: string; lid: string; person: string; phone: Buffer };
}

export type Table = keyof Tables;
export type Db = Kysely<Tables>;
export type Trx = Transaction<Tables>;
export type Kind = "sqlite" | "postgres" | "mysql";
