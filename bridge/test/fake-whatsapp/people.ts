import { getAllBinaryNodeChildren, getBinaryNodeChild, getBinaryNodeChildren, jidNormalizedUser, type BinaryNode } from "baileys";
import type { Connection } from "./connection.js";
import type { FakeWhatsApp } from "./fake-whatsapp.js";
import { lidJid, personOf, phoneJid } from "./jids.js";
import { element, onlyChild } from "./nodes.js";

/** Which numbers WhatsApp knows, and by which spelling. All others exist. */
export class Directory {
  readonly notOnWhatsApp = new Set<string>();
  /** Full Brazilian numbers (55, area, 9, eight digits) whose account knows only the spelling without the ninth digit. */
  readonly withoutNinth = new Set<string>();
  /** The same, but WhatsApp itself answers the long spelling with the short JID. */
  readonly resolvedWithoutNinth = new Set<string>();

  /** The number an account has, for a spelling of it; undefined: not on WhatsApp. */
  resolve(number: string): string | undefined {
    if (this.resolvedWithoutNinth.has(number)) return shortened(number);
    if (this.notOnWhatsApp.has(number) || this.withoutNinth.has(number)) return undefined;
    return number;
  }
}

export async function answerPeople(connection: Connection, query: BinaryNode): Promise<void> {
  const asked = onlyChild(query, "usync");
  const wanted = new Set(getAllBinaryNodeChildren(onlyChild(asked, "query")).map(({ tag }) => tag));
  const users = getBinaryNodeChildren(onlyChild(asked, "list"), "user").map((user) => person(connection.fake, user, wanted));
  const attributes = { index: "0", last: "true", sid: asked.attrs["sid"] ?? "1", mode: asked.attrs["mode"] ?? "query" };
  await connection.result(query, [element("usync", attributes, [element("list", {}, users)])]);
}

function person(fake: FakeWhatsApp, user: BinaryNode, wanted: Set<string>): BinaryNode {
  const jid = user.attrs["jid"];
  const number = jid === undefined ? spelled(user) : personOf(jid).number;
  const known = fake.directory.resolve(number);
  const content: BinaryNode[] = [];
  if (wanted.has("contact")) content.push(element("contact", { type: known === undefined ? "out" : "in" }));
  if (wanted.has("devices")) content.push(element("devices", {}, [element("device-list", { hash: "2:x" }, known === undefined ? [] : devices(fake, known))]));
  if (wanted.has("lid") && known !== undefined) content.push(element("lid", { val: lidJid(known) }));
  return element("user", { jid: jid === undefined ? phoneJid(known ?? number) : jidNormalizedUser(jid) }, content);
}

function spelled(user: BinaryNode): string {
  const content = getBinaryNodeChild(user, "contact")?.content;
  return content === undefined || Array.isArray(content) ? "" : Buffer.from(content).toString().replace(/\D/g, "");
}

function devices(fake: FakeWhatsApp, number: string): BinaryNode[] {
  const companions = [...(fake.phones.get(number)?.devices.keys() ?? [])].map(String);
  return [element("device", { id: "0" }), ...companions.map((id) => element("device", { id, "key-index": id }))];
}

/** 55 11 9 8765 4321 → 55 11 8765 4321. */
const shortened = (number: string): string => number.slice(0, 4) + number.slice(5);
