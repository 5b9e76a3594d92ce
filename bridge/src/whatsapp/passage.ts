import { AsyncLocalStorage } from "node:async_hooks";
import type { BaileysEventMap, BinaryNode, WAMessage } from "baileys";

/** One stanza on its way through Baileys: everything that comes of it is gathered here, whatever else runs beside it. */
export interface Passage {
  node: BinaryNode;
  /** In the journal. */
  key: string;
  since: number;
  messages: WAMessage[];
  histories: BaileysEventMap["messaging-history.set"][];
  /** What Baileys swallowed and only logged: the stanza was not dealt with. */
  trouble?: unknown;
}

const passages = new AsyncLocalStorage<Passage>();

export function passing(): Passage | undefined {
  return passages.getStore();
}

export function pass<T>(passage: Passage, work: () => T): T {
  return passages.run(passage, work);
}

export function newPassage(key: string, node: BinaryNode): Passage {
  return { node, key, since: Date.now(), messages: [], histories: [] };
}
