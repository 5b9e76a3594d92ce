import type { Vault } from "./vault.js";

interface Row {
  id: number;
  uid: string;
  body: Buffer;
}

/** What is to stand in the row from now on; null: the row goes. */
export interface Sealed {
  id: number;
  body: Buffer | null;
}

/** Where an event names its person, and where it names many. */
const NAMES = ["from", "to", "phone", "lid", "jid"];
const LISTS = ["contacts", "pairs", "numbers"];

type Data = Record<string, unknown>;

/** An event without the person, as one row or none to change; of a list everybody else stays. */
export function withoutPerson(vault: Vault, { channel, company }: { channel: string; company: string }, { id, uid, body }: Row, users: ReadonlySet<string>): Sealed[] {
  const place = { table: "bridge_event", company, channel, id: uid } as const;
  const said = opened(() => vault.text(place, body));
  if (said === undefined) return [];
  if (isAbout(said.data, users)) return [{ id, body: null }];
  const list = LISTS.find((name) => Array.isArray(said.data[name]));
  if (list === undefined) return [];
  const all = said.data[list] as Data[];
  const others = all.filter((one) => !isAbout(one, users));
  if (others.length === all.length) return [];
  if (others.length === 0) return [{ id, body: null }];
  return [{ id, body: vault.seal(place, JSON.stringify({ ...said, data: { ...said.data, [list]: others } })) }];
}

/** The digits of a phone, a LID or a jid of either. */
export function userOf(name: string): string {
  return name.replace(/[:@].*$/, "").replace(/\D/g, "");
}

function isAbout(data: Data, users: ReadonlySet<string>): boolean {
  return NAMES.some((name) => typeof data[name] === "string" && users.has(userOf(data[name])));
}

/** One whose key is missing is not told either (events.ts). */
function opened(text: () => string): { data: Data } | undefined {
  try {
    return JSON.parse(text()) as { data: Data };
  } catch {
    return undefined;
  }
}
