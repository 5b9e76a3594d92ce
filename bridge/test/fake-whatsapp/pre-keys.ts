import { getBinaryNodeChild, getBinaryNodeChildren, S_WHATSAPP_NET, type BinaryNode } from "baileys";
import { randomBytes } from "node:crypto";
import type { Connection } from "./connection.js";
import type { FakeWhatsApp } from "./fake-whatsapp.js";
import { personOf } from "./jids.js";
import type { LinkedDevice } from "./linked-device.js";
import { attribute, bigEndian, bytesOf, element, firstChild, onlyChild, stamp } from "./nodes.js";
import { bundleNodes } from "./signal-endpoint.js";

/** Keys of the client, and those it asks for: how many are left, uploads, rotation, bundles of others. */
export async function answerKeys(connection: Connection, query: BinaryNode): Promise<void> {
  const device = connection.loggedIn();
  const asked = firstChild(query)?.tag;
  if (asked === "count") await connection.result(query, [element("count", { value: String(device.preKeys.size) })]);
  else if (asked === "digest") await connection.result(query, [element("digest")]);
  else if (asked === "rotate") {
    device.signedPreKey = signedKey(onlyChild(onlyChild(query, "rotate"), "skey"));
    await connection.result(query);
  } else if (query.attrs["type"] === "set") {
    upload(device, query);
    await connection.result(query);
  } else {
    const users = getBinaryNodeChildren(onlyChild(query, "key"), "user").map((user) => bundleOf(connection.fake, attribute(user, "jid")));
    await connection.result(query, [element("list", {}, users)]);
  }
  connection.fake.changed();
}

/** Leaves a device `left` one-time keys and tells it so, as WhatsApp does when they run low. */
export async function exhaustPreKeys(device: LinkedDevice, left: number): Promise<void> {
  device.preKeys = new Map([...device.preKeys].slice(0, left));
  const attributes = { from: S_WHATSAPP_NET, id: `pk-${randomBytes(4).toString("hex")}`, type: "encrypt", t: stamp() };
  await device.deliver(element("notification", attributes, [element("count", { value: String(left) })]));
}

function upload(device: LinkedDevice, query: BinaryNode): void {
  for (const key of getBinaryNodeChildren(onlyChild(query, "list"), "key")) device.preKeys.set(bigEndian(bytesOf(key, "id")), bytesOf(key, "value"));
  const signed = getBinaryNodeChild(query, "skey");
  if (signed) device.signedPreKey = signedKey(signed);
}

function signedKey(node: BinaryNode): LinkedDevice["signedPreKey"] {
  return { id: bigEndian(bytesOf(node, "id")), key: bytesOf(node, "value"), signature: bytesOf(node, "signature") };
}

function bundleOf(fake: FakeWhatsApp, jid: string): BinaryNode {
  const { number, device: id } = personOf(jid);
  if (id === 0) {
    const { registration, keys } = fake.phone(number).endpoint.bundle();
    return element("user", { jid }, [registration, ...keys]);
  }
  const device = fake.phones.get(number)?.devices.get(id);
  if (!device) return element("user", { jid }, [element("error", { code: "404", text: "item-not-found" })]);
  const [first] = device.preKeys;
  if (first) device.preKeys.delete(first[0]);
  const { registration, keys } = bundleNodes(device.registrationId, device.identity, device.signedPreKey, first && { id: first[0], key: first[1] });
  return element("user", { jid }, [registration, ...keys]);
}
