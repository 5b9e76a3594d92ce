import { getBinaryNodeChild, getBinaryNodeChildren, type BinaryNode } from "baileys";
import type { Connection } from "./connection.js";
import type { FakeWhatsApp } from "./fake-whatsapp.js";
import { send } from "./incoming.js";
import { attribute, element, firstChild, stamp } from "./nodes.js";

/** A receipt that a client sent: of a message it got, or of one its person has read. */
export interface ClientReceipt {
  at: number;
  account: string;
  type: string | null;
  ids: string[];
  to: string;
}

export interface Receipt {
  account: string;
  /** A JID: of the phone, or the LID, whatever the message was sent to. */
  from: string;
  ids: string[];
  rank: "delivered" | "read" | "played";
}

/** A phone that got, read or played messages of an account says so, in one receipt for all of them. */
export async function sendReceipt(fake: FakeWhatsApp, { account, from, ids, rank }: Receipt): Promise<void> {
  const [id, ...others] = ids;
  for (const each of ids) fake.chats.raise(fake.chats.find("out", account, each), rank);
  const attributes = { from, id, t: stamp(), type: rank === "delivered" ? undefined : rank };
  const list = others.length === 0 ? undefined : [element("list", {}, others.map((other) => element("item", { id: other })))];
  for (const device of fake.phone(account).devices.values()) await device.deliver(element("receipt", attributes, list));
  fake.changed();
}

/** The client has a message, has read it, or could not read it and wants it again. */
export async function receiveReceipt(connection: Connection, node: BinaryNode): Promise<void> {
  const { fake } = connection;
  const device = connection.loggedIn();
  const first = firstChild(node);
  const ids = [attribute(node, "id"), ...getBinaryNodeChildren(first?.tag === "list" ? first : undefined, "item").map((item) => attribute(item, "id"))];
  const { type, to } = node.attrs;
  device.settle("message", ids);
  const receipt = { at: Date.now(), account: device.number, type: type ?? null, ids, to: to ?? "" };
  await connection.send(element("ack", { class: "receipt", id: node.attrs["id"], from: to, type }));
  if (type === "retry") {
    fake.retries.push({ ...receipt, count: Number(getBinaryNodeChild(node, "retry")?.attrs["count"] ?? 1) });
    await resend(connection, attribute(node, "id"));
  } else {
    fake.receipts.push(receipt);
    for (const id of ids) fake.chats.raise(fake.chats.find("in", device.number, id), type === "read" ? "read" : "delivered");
  }
  fake.changed();
}

/** As the sender's phone does: a new session from the client's keys, and the message once more under its id. */
async function resend({ fake, device }: Connection, id: string): Promise<void> {
  const parcel = fake.parcels.get(id);
  if (!device || !parcel || !fake.faults.resends) return;
  parcel.sender.forget(device);
  await send(fake, device, parcel);
}
