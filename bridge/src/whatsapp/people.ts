import { jidDecode, USyncQuery, USyncUser, type BinaryNode, type WAMessage, type WASocket } from "baileys";
import type { ChannelStore } from "../store/ports.js";
import { isList, lidOf, phoneOf } from "./jids.js";

export interface Person {
  /** `+5511…`; of somebody whose phone WhatsApp does not tell: the digits of the LID, without a plus. */
  phone: string;
  lid?: string;
}

/** Who a chat is with: by the stanza's own words, by what was learnt before, by asking WhatsApp. */
export class People {
  /** LIDs of which WhatsApp said, to this generation, that it names no phone. */
  private readonly unnamed = new Set<string>();

  constructor(
    private readonly store: ChannelStore,
    private readonly socket: WASocket,
  ) {}

  /** Undefined: not a person's chat. Throws while WhatsApp cannot be asked. */
  async of(message: Pick<WAMessage, "key">, node?: BinaryNode): Promise<Person | undefined> {
    const { key } = message;
    const chat = key.remoteJid ?? "";
    const sender = isList(chat) ? (key.participant ?? "") : chat;
    // Of our own message Baileys names ourselves as the other address; the stanza names the recipient's.
    const others = key.fromMe ? this.recipients(node) : [key.remoteJidAlt, key.participantAlt];
    const addresses = [sender, ...others].filter(Boolean);
    const lid = first(addresses, lidOf);
    const phone = first(addresses, phoneOf) ?? (lid === undefined ? undefined : await this.phoneOfLid(lid));
    if (phone === undefined) return lid === undefined ? undefined : { phone: lid, lid };
    return lid === undefined ? { phone } : { phone, lid };
  }

  async phoneOfLid(lid: string): Promise<string | undefined> {
    const known = await this.known(lid);
    if (known !== undefined) return known;
    const jid = `${lid}@lid`;
    const mapped = phoneOf(await this.socket.signalRepository.lidMapping.getPNForLID(jid));
    if (mapped !== undefined) return this.learnt(lid, mapped);
    if (this.unnamed.has(lid)) return undefined;
    const told = await this.asked(jid);
    if (told !== undefined) return this.learnt(lid, told);
    // Each of its messages would ask again, until WhatsApp answers nobody.
    this.unnamed.add(lid);
    // It may have become known meanwhile: then the pair was told before this message, and nobody would join the two.
    return this.known(lid);
  }

  private async known(lid: string): Promise<string | undefined> {
    const known = await this.store.phoneOfLid(lid);
    return known === undefined || known.startsWith("+") ? known : `+${known}`;
  }

  /** What the app was told of this LID alone belongs to the phone. Baileys' own knowledge may be of a life that ended before it was told. */
  private async learnt(lid: string, phone: string): Promise<string> {
    if (!this.isSelf(lid) && !this.isSelf(phone.slice(1))) await this.store.rememberLid([{ lid, phone }]);
    return phone;
  }

  private async asked(jid: string): Promise<string | undefined> {
    const query = new USyncQuery().withContext("background").withLIDProtocol().withUser(new USyncUser().withId(jid).withLid(jid));
    const answer = await this.socket.executeUSyncQuery(query);
    // Silence is no answer: the message stays undone and is asked about at the next opening.
    if (answer === undefined) throw new Error("WhatsApp did not answer who a LID is");
    return first(answer.list.map(({ id }) => id), phoneOf);
  }

  private recipients(node: BinaryNode | undefined): (string | undefined)[] {
    const { recipient_pn, peer_recipient_pn, recipient_lid, peer_recipient_lid } = node?.attrs ?? {};
    return [recipient_pn, peer_recipient_pn, recipient_lid, peer_recipient_lid];
  }

  /** Our own two addresses, which are nobody's contact. */
  isSelf(user: string): boolean {
    const { id, lid } = this.socket.user ?? {};
    return user === jidDecode(id)?.user || user === jidDecode(lid)?.user;
  }
}

function first<T>(jids: (string | null | undefined)[], read: (jid: string | null | undefined) => T | undefined): T | undefined {
  for (const jid of jids) {
    const found = read(jid);
    if (found !== undefined) return found;
  }
  return undefined;
}
