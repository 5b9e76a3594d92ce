import type { SignalDataSet, SignalDataTypeMap, SignalKeyStore } from "baileys";
import { reach } from "../failpoints.js";
import { INBOUND_PLAINTEXT } from "../store/plaintexts.js";

/** What is read for every message; a pairing's 812 one-time keys are not. */
const CACHED = new Set(["session", "identity-key", "lid-mapping", "device-list", "tctoken"]);
/** Entries, some 1–3 KB each: an idle session is to stay below 4 MB. */
const MOST = 600;
/** Baileys' list of everybody with a token, written whole with each new one; it serves nothing but their pruning. */
const TOKEN_LIST = "__index";

type Data = Record<string, Record<string, unknown>>;

export interface Watch {
  /** A call of the store failed: what Baileys makes of that is not to be trusted. */
  failed(error: unknown): void;
  mapped(pairs: { lid: string; user: string }[]): void;
}

/** The store's keys with a small cache before them. A generation's own; a failed write ends the generation. */
export class Keys implements SignalKeyStore {
  private readonly cache = new Map<string, unknown>();
  /** The newest write under way of each name. */
  private readonly writing = new Map<string, number>();
  /** Counts writes, as they begin and as they end. */
  private turn = 0;
  private isSealed = false;

  constructor(
    private readonly store: SignalKeyStore,
    private readonly watch: Watch,
  ) {}

  async get<T extends keyof SignalDataTypeMap>(type: T, ids: string[]): Promise<Record<string, SignalDataTypeMap[T]>> {
    const found: Record<string, SignalDataTypeMap[T]> = {};
    const missing: string[] = [];
    for (const id of ids) {
      const kept = this.cache.get(`${type} ${id}`);
      if (kept === undefined) missing.push(id);
      else if (kept !== null) found[id] = kept as SignalDataTypeMap[T];
    }
    if (missing.length === 0) return found;
    const began = this.writing.size === 0 ? this.turn : undefined;
    const read = await this.watched(async () => this.store.get(type, missing));
    for (const id of missing) {
      const value = read[id];
      if (value !== undefined) found[id] = value;
      // A write beside it may be newer than what was read. That there is none is worth as much: most people have no token.
      if (began === this.turn) this.keep(`${type} ${id}`, type, value ?? null);
    }
    return found;
  }

  async set(data: SignalDataSet): Promise<void> {
    const given = withoutTokenList(data);
    if (Object.keys(given).length === 0) return;
    const turn = ++this.turn;
    for (const [name] of names(given)) {
      this.writing.set(name, turn);
      this.cache.delete(name);
    }
    // One that fails ends the generation, and this cache with it: nothing to undo.
    await this.watched(async () => this.store.set(given as SignalDataSet));
    this.turn += 1;
    for (const [name, type, value] of names(given)) {
      if (this.writing.get(name) !== turn) continue;
      this.writing.delete(name);
      this.keep(name, type, value);
    }
    if (given["session"] !== undefined && given[INBOUND_PLAINTEXT] !== undefined) reach("bridge.ratchet");
    this.tell(given["lid-mapping"] ?? {});
  }

  /** The generation is over: a late step of its ratchets would undo one of the next. */
  seal(): void {
    this.isSealed = true;
  }

  /** Null: it is known that there is none. */
  private keep(name: string, type: string, value: unknown): void {
    if (!CACHED.has(type) || value === undefined) return;
    this.cache.delete(name);
    this.cache.set(name, value);
    for (const oldest of this.cache.keys()) {
      if (this.cache.size <= MOST) break;
      this.cache.delete(oldest);
    }
  }

  /** Baileys learns of LIDs in many places; all of them end here, in both directions: `user → lid`, `lid_reverse → user`. */
  private tell(mapping: Record<string, unknown>): void {
    const pairs = Object.entries(mapping).filter(([user, lid]) => !user.endsWith("_reverse") && typeof lid === "string");
    if (pairs.length > 0) this.watch.mapped(pairs.map(([user, lid]) => ({ user, lid: lid as string })));
  }

  private async watched<R>(call: () => Promise<R>): Promise<R> {
    if (this.isSealed) throw new Error("the generation is over");
    try {
      return await call();
    } catch (error) {
      this.watch.failed(error);
      throw error;
    }
  }
}

function withoutTokenList({ tctoken, ...others }: Data): Data {
  if (tctoken === undefined) return others;
  const tokens = Object.entries(tctoken).filter(([id]) => id !== TOKEN_LIST);
  return tokens.length === 0 ? others : { ...others, tctoken: Object.fromEntries(tokens) };
}

/** Name, type and value of each. */
function names(data: Data): [string, string, unknown][] {
  return Object.entries(data).flatMap(([type, ids]) => Object.entries(ids).map(([id, value]): [string, string, unknown] => [`${type} ${id}`, type, value]));
}
