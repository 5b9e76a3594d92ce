import { decodeBinaryNode, type BinaryNode } from "baileys";
import type { Database } from "./database.js";
import { userOf } from "./erasing-events.js";
import { placeOfStanza, readUndone } from "./journal.js";
import { plaintextName } from "./plaintexts.js";
import type { Vault } from "./vault.js";

const A_PAGE = 200;

export interface Undone {
  /** Journal keys of the stanzas that name the person. */
  theirs: string[];
  /** Names of the plaintexts that the stanzas of everybody else may be read by again. */
  needed: Set<string>;
}

/** The channel's stanzas that nobody dealt with. What cannot be opened or read, nobody reads again: it is passed over. */
export async function sortUndone(database: Database, vault: Vault, { channel, company }: { channel: string; company: string }, users: ReadonlySet<string>): Promise<Undone> {
  const found: Undone = { theirs: [], needed: new Set() };
  for (let after = 0; ; ) {
    const rows = await readUndone(database, channel, after, A_PAGE);
    for (const { stanza_key: key, body } of rows) {
      const node = body === null ? undefined : await nodeOf(() => vault.open(placeOfStanza(channel, company, key), body));
      if (node === undefined) continue;
      if (isOf(node, users)) found.theirs.push(key);
      else for (const name of plaintextsOf(node)) found.needed.add(name);
    }
    const last = rows.at(-1);
    if (last === undefined) return found;
    after = last.id;
  }
}

async function nodeOf(open: () => Buffer): Promise<BinaryNode | undefined> {
  try {
    return await decodeBinaryNode(open());
  } catch {
    return undefined;
  }
}

/** By any of its addresses: `from`, `participant`, `recipient`, `sender_pn`, `sender_lid` and whatever else names one. */
function isOf({ attrs }: BinaryNode, users: ReadonlySet<string>): boolean {
  return Object.values(attrs).some((value) => value.includes("@") && users.has(userOf(value)));
}

function plaintextsOf({ tag, content }: BinaryNode): string[] {
  if (Array.isArray(content)) return content.flatMap(plaintextsOf);
  return tag === "enc" && content instanceof Uint8Array ? [plaintextName(content)] : [];
}
