import { proto } from "baileys";
import { deflateSync } from "node:zlib";
import { saveContact } from "./app-state.js";
import type { FakeWhatsApp } from "./fake-whatsapp.js";
import { tellCompanion } from "./incoming.js";
import { lidJid, phoneJid } from "./jids.js";
import type { LinkedDevice } from "./linked-device.js";
import { element, nowSeconds, stamp } from "./nodes.js";
import type { PastChat, Phone } from "./phone.js";

const { HistorySyncType } = proto.HistorySync;
const { Type } = proto.Message.ProtocolMessage;

/** What a phone hands to a companion that logs in for the first time: keys, address book, chats, names. */
export async function firstUse(fake: FakeWhatsApp, device: LinkedDevice): Promise<void> {
  const phone = fake.phone(device.number);
  const { keyId, keyData } = phone.appState;
  await tellCompanion(fake, device, { type: Type.APP_STATE_SYNC_KEY_SHARE, appStateSyncKeyShare: { keys: [{ keyId: { keyId }, keyData }] } });
  for (const contact of phone.addressBook) await saveContact(phone.appState, contact.phone, contact.name);
  const mappings = numbersOf(phone).map((number) => ({ pnJid: phoneJid(number), lidJid: lidJid(number) }));
  await sync(fake, device, { syncType: HistorySyncType.INITIAL_BOOTSTRAP, conversations: bookConversations(phone), phoneNumberToLidMappings: mappings });
  const pushnames = phone.addressBook.map(({ phone: number, name }) => ({ id: phoneJid(number), pushname: name.split(" ")[0] ?? name }));
  await sync(fake, device, { syncType: HistorySyncType.PUSH_NAME, pushnames });
  await sync(fake, device, { syncType: HistorySyncType.RECENT, conversations: phone.history.map((chat) => conversation(phone, chat)) });
}

/** Chats of the past, to all companions, whenever. */
export async function tellHistory(fake: FakeWhatsApp, phone: Phone, chats: PastChat[]): Promise<void> {
  const conversations = chats.map((chat) => conversation(phone, chat));
  for (const device of phone.devices.values()) await sync(fake, device, { syncType: HistorySyncType.RECENT, conversations });
}

/** A contact saved on the phone while companions are linked: they are told to fetch it. */
export async function addContact(phone: Phone, number: string, name: string): Promise<void> {
  phone.addressBook = [...phone.addressBook.filter((contact) => contact.phone !== number), { phone: number, name }];
  if (phone.device === undefined) return;
  const collection = await saveContact(phone.appState, number, name);
  const news = element("collection", { name: collection, version: "1" });
  for (const device of phone.devices.values()) {
    await device.deliver(element("notification", { from: phoneJid(phone.number), id: `ss-${stamp()}-${number}`, type: "server_sync", t: stamp() }, [news]));
  }
}

async function sync(fake: FakeWhatsApp, device: LinkedDevice, history: Omit<proto.IHistorySync, "syncType"> & { syncType: proto.HistorySync.HistorySyncType }): Promise<void> {
  const initialHistBootstrapInlinePayload = deflateSync(proto.HistorySync.encode({ progress: 100, ...history }).finish());
  const historySyncNotification = { syncType: history.syncType as number, chunkOrder: 1, progress: 100, initialHistBootstrapInlinePayload };
  await tellCompanion(fake, device, { type: Type.HISTORY_SYNC_NOTIFICATION, historySyncNotification });
}

function conversation(phone: Phone, chat: PastChat): proto.IConversation {
  const remoteJid = phoneJid(chat.with);
  const messages = chat.messages.map(({ id, text, from_me: fromMe = false, seconds_ago: ago }, index) => ({
    message: {
      key: { remoteJid, fromMe, id: id ?? `H${phone.number}${chat.with}${index}` },
      messageTimestamp: nowSeconds() - ago,
      message: { conversation: text },
    },
    msgOrderId: index,
  }));
  return { id: remoteJid, lidJid: lidJid(chat.with), displayName: chat.name ?? null, conversationTimestamp: nowSeconds(), messages };
}

function bookConversations(phone: Phone): proto.IConversation[] {
  return phone.addressBook.map(({ phone: number, name }) => ({
    id: phoneJid(number),
    lidJid: lidJid(number),
    displayName: name,
    conversationTimestamp: nowSeconds(),
  }));
}

const numbersOf = (phone: Phone): string[] => [...new Set([...phone.addressBook.map((contact) => contact.phone), ...phone.history.map((chat) => chat.with)])];
