import { Curve, generateSignalPubKey, S_WHATSAPP_NET, type proto } from "baileys";
import { randomBytes } from "node:crypto";
import type { Connection } from "./connection.js";
import { lidJid } from "./jids.js";
import { bigEndian, element, Malformed, stamp } from "./nodes.js";
import type { Finished } from "./noise.js";

/** The handshake is done: a device that is linked logs in, any other is shown refs for a QR. */
export async function logIn(connection: Connection, { noiseKey, payload }: Finished): Promise<void> {
  const number = payload.username ? String(payload.username) : undefined;
  const failure = connection.fake.faults.connects.failureOf(number);
  if (failure !== undefined) await fail(connection, failure);
  else if (payload.devicePairingData?.eIdent?.length) await showRefs(connection, noiseKey, payload.devicePairingData);
  else await open(connection, noiseKey, number ?? "", payload.device ?? 0);
}

async function fail(connection: Connection, reason: number): Promise<void> {
  await connection.send(element("failure", { reason: String(reason), location: "fake" }));
  connection.close();
}

async function showRefs(connection: Connection, noiseKey: Buffer, data: proto.ClientPayload.IDevicePairingRegistrationData): Promise<void> {
  const identity = Buffer.from(data.eIdent ?? []);
  const signed = {
    id: bigEndian(data.eSkeyId ?? new Uint8Array()),
    key: Buffer.from(data.eSkeyVal ?? []),
    signature: Buffer.from(data.eSkeySig ?? []),
  };
  if (!Curve.verify(identity, generateSignalPubKey(signed.key), signed.signature)) throw new Malformed("a signed key nobody signed");
  const refs = Array.from({ length: connection.fake.options.refs ?? 6 }, () => `2@${randomBytes(24).toString("base64url")}`);
  connection.linking = { noiseKey, identity, signed, registrationId: bigEndian(data.eRegid ?? new Uint8Array()), refs };
  const attributes = { from: S_WHATSAPP_NET, type: "set", id: `pd-${randomBytes(3).toString("hex")}`, xmlns: "md" };
  await connection.send(element("iq", attributes, [element("pair-device", {}, refs.map((ref) => element("ref", {}, Buffer.from(ref))))]));
}

async function open(connection: Connection, noiseKey: Buffer, number: string, id: number): Promise<void> {
  const { fake } = connection;
  const device = fake.phones.get(number)?.devices.get(id);
  if (!device?.noiseKey.equals(noiseKey)) {
    await fail(connection, 401);
    return;
  }
  const earlier = device.connection;
  if (earlier?.isOpen) {
    device.replaced += 1;
    await earlier.streamError(440);
  }
  device.connection = connection;
  device.logins += 1;
  connection.device = device;
  fake.changed();
  await connection.send(element("success", { t: stamp(), props: "27", location: "fake", lid: lidJid(number, id), display_name: fake.phone(number).name }));
}
