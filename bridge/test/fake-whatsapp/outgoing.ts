import { getBinaryNodeChild, getBinaryNodeChildren, proto, type BinaryNode } from "baileys";
import type { Connection } from "./connection.js";
import { describe } from "./contents.js";
import type { FakeWhatsApp } from "./fake-whatsapp.js";
import { personOf, phoneJid } from "./jids.js";
import type { LinkedDevice } from "./linked-device.js";
import { attribute, element, onlyChild, stamp } from "./nodes.js";
import { recipientsAnswer } from "./recipient.js";
import type { Shown, Write } from "./shown.js";

interface Read {
  message: proto.IMessage | undefined;
  devices: string[];
  undecryptable: string[];
}

/** A message of a client: written down, answered, shown once, and received by the phones it is for. */
export async function receiveMessage(connection: Connection, node: BinaryNode): Promise<void> {
  const { fake } = connection;
  const device = connection.loggedIn();
  const id = attribute(node, "id");
  const to = attribute(node, "to");
  if (node.attrs["category"] === "peer") {
    await acknowledge(connection, node);
    return;
  }
  const earlier = fake.chats.find("out", device.number, id);
  const isRetry = earlier?.awaitsRetry === true || getBinaryNodeChild(node, "enc")?.attrs["count"] !== undefined;
  const fault = await fake.faults.outcomeOf({ id, to, number: personOf(to).number, account: device.number, isDuplicate: earlier !== undefined });
  const outcome = earlier === undefined ? "accepted" : isRetry ? "retry" : "again";
  const write: Write = { at: Date.now(), account: device.number, id, to, outcome, error: null };
  fake.writes.push(write);
  if (fault?.then === "drop_before_ack") {
    write.outcome = "dropped";
    connection.drop();
  } else if (fault?.then === "error") {
    write.outcome = "refused";
    write.error = fault.error ?? "500";
    await acknowledge(connection, node, write.error);
  } else {
    const shown = await accept(fake, device, node, earlier, isRetry);
    if (fault?.then === "no_ack") {
      if (earlier === undefined) write.outcome = "no_ack";
    } else await answerWell(connection, node, shown, outcome !== "again", fault?.then === "drop_after_ack");
  }
  fake.changed();
}

async function accept(fake: FakeWhatsApp, device: LinkedDevice, node: BinaryNode, earlier: Shown | undefined, isRetry: boolean): Promise<Shown> {
  if (earlier && !isRetry) {
    earlier.writes += 1;
    return earlier;
  }
  const read = fake.options.decrypt === false ? { message: undefined, devices: [], undecryptable: [] } : await readByPhones(fake, device, node);
  if (earlier) {
    earlier.awaitsRetry = false;
    earlier.retries += 1;
    earlier.undecryptable = read.undecryptable;
    if (earlier.message === undefined && read.message) Object.assign(earlier, describe(read.message), { message: read.message });
    return earlier;
  }
  const to = attribute(node, "to");
  const about = { id: attribute(node, "id"), account: device.number, with: personOf(to).number, to, at: Date.now() };
  const counts = { status: "sent" as const, writes: 1, retries: 0, awaitsRetry: false };
  const shown: Shown = { ...about, direction: "out", ...describe(read.message), ...counts, ...read };
  if (shown.media && fake.media) shown.media.intact = await fake.media.isIntact(read.message);
  fake.chats.add(shown);
  const theirs = fake.phones.get(shown.with);
  if (theirs?.isAccount) fake.chats.add({ ...shown, account: theirs.number, with: device.number, direction: "in" });
  return shown;
}

/** Every phone that got a copy opens it; a copy for a companion is handed on, still sealed. */
async function readByPhones(fake: FakeWhatsApp, device: LinkedDevice, node: BinaryNode): Promise<Read> {
  const read: Read = { message: undefined, devices: [], undecryptable: [] };
  for (const { jid, sealed } of copies(node)) {
    const { number, device: id } = personOf(jid);
    read.devices.push(jid);
    if (id !== 0) {
      await handOn(fake, device, node, number, id, sealed);
      continue;
    }
    try {
      const plain = await fake.phone(number).endpoint.decrypt(device, attribute(sealed, "type"), Buffer.from(sealed.content as Uint8Array));
      const message = proto.Message.decode(plain);
      if (number !== device.number) read.message = message;
      else read.message ??= message.deviceSentMessage?.message ?? message;
    } catch (error) {
      read.undecryptable.push(jid);
      fake.complaints.push(`${attribute(node, "id")}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return read;
}

function copies(node: BinaryNode): { jid: string; sealed: BinaryNode }[] {
  const participants = getBinaryNodeChildren(getBinaryNodeChild(node, "participants"), "to");
  const found = participants.map((target) => ({ jid: attribute(target, "jid"), sealed: onlyChild(target, "enc") }));
  const direct = getBinaryNodeChild(node, "enc");
  return direct && direct.attrs["type"] !== "skmsg" ? [...found, { jid: attribute(node, "to"), sealed: direct }] : found;
}

async function handOn(fake: FakeWhatsApp, from: LinkedDevice, node: BinaryNode, number: string, id: number, sealed: BinaryNode): Promise<void> {
  const target = fake.phones.get(number)?.devices.get(id);
  if (!target || target === from) return;
  const phone = fake.phone(from.number);
  const recipient = number === from.number ? attribute(node, "to") : undefined;
  const attributes = { from: phoneJid(from.number, from.id), id: node.attrs["id"], t: stamp(), type: "text", notify: phone.name, sender_lid: `${phone.lid}@lid`, recipient };
  await target.deliver(element("message", attributes, [sealed]));
}

async function answerWell(connection: Connection, node: BinaryNode, shown: Shown, isNews: boolean, thenDrop: boolean): Promise<void> {
  const { fake } = connection;
  await fake.later(fake.faults.policyFor(shown.with).ack_delay_ms, async () => {
    await acknowledge(connection, node);
    // Closed in order: the ack is on its way before the line goes.
    if (thenDrop) connection.close();
    else if (isNews) await recipientsAnswer(fake, shown);
  });
}

function acknowledge(connection: Connection, node: BinaryNode, error?: string): Promise<void> {
  return connection.send(element("ack", { class: "message", id: node.attrs["id"], from: node.attrs["to"], t: stamp(), error }));
}
