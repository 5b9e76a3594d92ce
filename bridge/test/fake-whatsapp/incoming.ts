import { proto, type BinaryNode } from "baileys";
import { randomBytes } from "node:crypto";
import { compose, describe, type Written } from "./contents.js";
import type { FakeWhatsApp } from "./fake-whatsapp.js";
import { lidJid, phoneJid } from "./jids.js";
import type { LinkedDevice } from "./linked-device.js";
import { element, nowSeconds } from "./nodes.js";
import type { SignalEndpoint } from "./signal-endpoint.js";

export interface Inbound {
  account: string;
  from: string;
  content: Written;
  id?: string | undefined;
  name?: string | undefined;
  /** Addressed by LID, as most of WhatsApp is by now. */
  lid?: boolean | undefined;
  /** The JID of a group, a channel, the status feed or a broadcast list that it is written in. */
  chat?: string | undefined;
  /** Arrives so that nobody can read it. */
  corrupt?: boolean | undefined;
  /** Seconds since 1970. */
  at?: number | undefined;
}

/** A message for the client, unsealed: kept so that a client that could not read it can have it again. */
export interface Parcel {
  attributes: Record<string, string | undefined>;
  plain: Uint8Array;
  sender: SignalEndpoint;
}

/** A contact writes to an account. Returns the message's id. */
export async function write(fake: FakeWhatsApp, { account, from, content, ...options }: Inbound): Promise<string> {
  const id = options.id ?? newId();
  const message = await compose(fake, account, from, content);
  const at = options.at ?? nowSeconds();
  const sender = fake.phone(from);
  const address = options.lid ? lidJid(from) : phoneJid(from);
  const attributes = {
    from: options.chat ?? address,
    ...(options.chat !== undefined && { participant: address }),
    id,
    t: String(at),
    type: typeOf(message),
    notify: options.name ?? sender.name,
    addressing_mode: options.lid ? "lid" : "pn",
    ...(options.lid ? { sender_pn: phoneJid(from) } : { sender_lid: lidJid(from) }),
    ...(content.edit !== undefined && { edit: "1" }),
    ...(content.revoke !== undefined && { edit: "7" }),
  };
  show(fake, { id, account, with: from, to: attributes.from, direction: "in", at: at * 1000 }, message);
  await toDevices(fake, account, { attributes, plain: proto.Message.encode(message).finish(), sender: sender.endpoint }, options.corrupt);
  return id;
}

/** The account's owner types on the phone itself: its companions are told. Returns the message's id. */
export async function type(fake: FakeWhatsApp, account: string, to: string, content: Written, id = newId()): Promise<string> {
  const message = await compose(fake, account, account, content);
  const sent = { deviceSentMessage: { destinationJid: phoneJid(to), message } };
  const attributes = { from: phoneJid(account), recipient: phoneJid(to), id, t: String(nowSeconds()), type: typeOf(message) };
  show(fake, { id, account, with: to, to: phoneJid(to), direction: "typed", at: Date.now() }, message);
  await toDevices(fake, account, { attributes, plain: proto.Message.encode(sent).finish(), sender: fake.phone(account).endpoint });
  return id;
}

/** From the phone to its companion: history, keys. */
export async function tellCompanion(fake: FakeWhatsApp, device: LinkedDevice, protocolMessage: proto.Message.IProtocolMessage): Promise<void> {
  const attributes = { from: phoneJid(device.number), id: `P${newId()}`, t: String(nowSeconds()), type: "protocol", category: "peer" };
  const plain = proto.Message.encode({ protocolMessage }).finish();
  await send(fake, device, { attributes, plain, sender: fake.phone(device.number).endpoint });
}

/** Sealed and queued for one device; the parcel is kept for a retry. */
export async function send(fake: FakeWhatsApp, device: LinkedDevice, parcel: Parcel, corrupt = false): Promise<void> {
  const sealed = await parcel.sender.encrypt(device, parcel.plain);
  fake.keepParcel(parcel.attributes["id"] ?? "", parcel);
  await device.deliver(element("message", parcel.attributes, [corrupt ? broken(sealed) : sealed]));
  fake.changed();
}

async function toDevices(fake: FakeWhatsApp, account: string, parcel: Parcel, corrupt = false): Promise<void> {
  for (const device of fake.phone(account).devices.values()) await send(fake, device, parcel, corrupt);
}

function show(fake: FakeWhatsApp, about: { id: string; account: string; with: string; to: string; direction: "in" | "typed"; at: number }, message: proto.IMessage): void {
  const counts = { status: "sent" as const, writes: 1, retries: 0, undecryptable: [], devices: [], awaitsRetry: false };
  fake.chats.add({ ...about, ...describe(message), ...counts, message });
}

function broken(sealed: BinaryNode): BinaryNode {
  const bytes = Buffer.from(sealed.content as Uint8Array);
  const last = bytes.length - 1;
  bytes.writeUInt8(bytes.readUInt8(last) ^ 0xff, last);
  return { ...sealed, content: bytes };
}

function typeOf(message: proto.IMessage): string {
  const { kind, media } = describe(message);
  return kind === "reaction" ? "reaction" : media ? "media" : "text";
}

const newId = (): string => `3A${randomBytes(9).toString("hex").toUpperCase()}`;
