import { proto, type BaileysEventMap } from "baileys";
import type { Said } from "../events.js";
import { sizeOf } from "./content.js";
import { tellContacts } from "./contacts.js";
import { tell, type Reading } from "./messages.js";

export type History = BaileysEventMap["messaging-history.set"];
/** Events a commit. */
const A_PAGE = 200;
const DAY_MS = 24 * 60 * 60 * 1000;

/** The past as the phone sends it after a pairing: names always, messages of the days that were asked for. */
export async function* tellHistory(history: History, days: number, reading: Reading): AsyncGenerator<Said[]> {
  const contacts = tellContacts(history.contacts);
  if (contacts.length > 0) yield contacts;
  if (days > 0) {
    const since = Date.now() - days * DAY_MS;
    // Files of the past are not fetched: there may be thousands, and most are gone.
    const past: Reading = { ...reading, fetch: ({ type, size }) => Promise.resolve({ type, size, refused: "unavailable" as const }) };
    let page: Said[] = [];
    for (const message of history.messages) {
      if (sizeOf(message.messageTimestamp) * 1000 < since) continue;
      // One whose sender nobody can name now is left out: the past may not stop what comes behind it.
      page.push(...(await tell(message, past).catch(() => [])).map(asHistory));
      if (page.length < A_PAGE) continue;
      yield page;
      page = [];
    }
    if (page.length > 0) yield page;
  }
  const { RECENT, FULL, INITIAL_BOOTSTRAP } = proto.HistorySync.HistorySyncType;
  if (history.progress !== null && history.progress !== undefined && [RECENT, FULL, INITIAL_BOOTSTRAP].some((type) => type === history.syncType)) {
    const percent = Math.min(100, Math.max(0, Math.round(history.progress)));
    yield [{ type: "history.progress", data: { percent, done: percent === 100 && history.syncType !== INITIAL_BOOTSTRAP } }];
  }
}

function asHistory(said: Said): Said {
  if (said.type === "message.in") return { ...said, data: { ...said.data, is_history: true } };
  if (said.type === "message.echo") return { ...said, data: { ...said.data, is_history: true } };
  return said;
}
