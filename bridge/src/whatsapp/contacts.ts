import type { Contact } from "baileys";
import type { Said } from "../events.js";
import { lidOf, phoneOf } from "./jids.js";

/** What one event may carry (events.ts). */
const MOST = 200;

/** The phone's address book: who has a name and a phone. */
export function tellContacts(contacts: Partial<Contact>[]): Said[] {
  const named = contacts.flatMap(({ id, lid, phoneNumber, name, notify, verifiedName }) => {
    const phone = phoneOf(id) ?? phoneOf(phoneNumber);
    const called = name ?? verifiedName ?? notify;
    return phone === undefined || !called ? [] : [{ phone, lid: lidOf(lid) ?? lidOf(id) ?? null, name: called }];
  });
  return pages(named).map((page) => ({ type: "contacts.upserted", data: { contacts: page } }));
}

function pages<T>(items: T[]): T[][] {
  const found: T[][] = [];
  for (let from = 0; from < items.length; from += MOST) found.push(items.slice(from, from + MOST));
  return found;
}
