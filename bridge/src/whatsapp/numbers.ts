import { getBinaryNodeChild, getBinaryNodeChildren, S_WHATSAPP_NET, type BinaryNode, type WASocket } from "baileys";
import type { Checked } from "../events.js";
import { digitsOf, lidOf, phoneOf } from "./jids.js";

/**
 * Which of these numbers are on WhatsApp. Of a number it does not answer nothing is said. It may answer in the other
 * spelling of a Brazilian mobile; `jid` is the one the number is registered under.
 */
export async function checkNumbers(socket: WASocket, phones: string[]): Promise<Checked[]> {
  const users = phones.map((phone): BinaryNode => ({ tag: "user", attrs: {}, content: [{ tag: "contact", attrs: {}, content: `+${digitsOf(phone)}` }] }));
  const query = { tag: "query", attrs: {}, content: [{ tag: "contact", attrs: {} }, { tag: "lid", attrs: {} }] };
  const usync = { mode: "query", context: "interactive", sid: socket.generateMessageTag(), last: "true", index: "0" };
  // Asked by hand: Baileys' own query drops which of the asked numbers an answer belongs to, and the LID.
  const answer = (await socket.query({
    tag: "iq",
    attrs: { to: S_WHATSAPP_NET, type: "get", xmlns: "usync" },
    content: [{ tag: "usync", attrs: usync, content: [query, { tag: "list", attrs: {}, content: users }] }],
  })) as BinaryNode | undefined;
  const list = getBinaryNodeChild(getBinaryNodeChild(answer, "usync"), "list");
  const told = getBinaryNodeChildren(list, "user").map(readUser);
  return phones.flatMap((phone) => {
    const digits = digitsOf(phone);
    const unsaid = told.filter((user) => user.asked === undefined);
    // Both spellings are asked at once: each answer is first of all about its own.
    const found = told.find((user) => user.asked === digits) ?? unsaid.find((user) => user.digits === digits) ?? unsaid.find((user) => isSame(user.digits, digits));
    if (found === undefined) return [];
    return [{ phone, exists: found.exists, jid: found.exists ? found.jid : null, lid: found.exists ? found.lid : null }];
  });
}

interface Told {
  /** The digits as they were asked, where WhatsApp repeats them. */
  asked: string | undefined;
  digits: string;
  exists: boolean;
  jid: string;
  lid: string | null;
}

function readUser(user: BinaryNode): Told {
  const contact = getBinaryNodeChild(user, "contact");
  const content = contact?.content;
  const asked = typeof content === "string" || content instanceof Uint8Array ? digitsOf(Buffer.from(content as Uint8Array).toString()) : "";
  const jid = user.attrs["jid"] ?? "";
  const lid = lidOf(getBinaryNodeChild(user, "lid")?.attrs["val"]) ?? null;
  return { asked: asked || undefined, digits: digitsOf(phoneOf(jid) ?? ""), exists: contact?.attrs["type"] === "in", jid, lid };
}

/** Equal, or the two spellings of one Brazilian mobile: with and without the ninth digit. */
function isSame(one: string, other: string): boolean {
  if (one === other) return true;
  const short = (digits: string): string => digits.replace(/^(55[1-9][0-9])9([0-9]{8})$/, "$1$2");
  return short(one) === short(other);
}
