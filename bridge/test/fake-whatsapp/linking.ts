import { Curve, hmacSign, proto, S_WHATSAPP_NET, WA_ADV_ACCOUNT_SIG_PREFIX, WA_ADV_DEVICE_SIG_PREFIX } from "baileys";
import { randomBytes } from "node:crypto";
import type { Connection } from "./connection.js";
import type { FakeWhatsApp } from "./fake-whatsapp.js";
import { lidJid, phoneJid } from "./jids.js";
import { LinkedDevice } from "./linked-device.js";
import { bytesOf, element, Malformed, nowSeconds, onlyChild, stamp } from "./nodes.js";

/** What a client that is not linked yet has told of itself, and the refs its QRs carry. */
export interface Linking {
  noiseKey: Buffer;
  identity: Buffer;
  registrationId: number;
  signed: { id: number; key: Buffer; signature: Buffer };
  refs: string[];
}

export interface ScanOptions {
  /** WhatsApp asks for a passkey instead of linking: Baileys cannot answer. */
  passkey?: boolean | undefined;
  /** The phone's proof does not fit the QR: the client must refuse it. */
  badProof?: boolean | undefined;
}

export interface Linked {
  jid: string;
  lid: string;
  device: number;
}

/** The phone's camera sees a QR. Throws when its ref has gone or its keys are of another client. */
export async function scan(fake: FakeWhatsApp, qr: string, number: string, options: ScanOptions): Promise<Linked | undefined> {
  const [ref, noiseKey, identity, secret] = qr.slice(qr.indexOf("#") + 1).split(",");
  const connection = [...fake.connections].find((waiting) => waiting.isOpen && waiting.linking?.refs.includes(ref ?? ""));
  if (!connection?.linking || noiseKey === undefined || identity === undefined || secret === undefined) throw new Error("no client shows this QR");
  const { linking } = connection;
  const isTheirs = linking.noiseKey.equals(Buffer.from(noiseKey, "base64")) && linking.identity.equals(Buffer.from(identity, "base64"));
  if (!isTheirs) throw new Error("this QR is of another client");
  if (options.passkey) {
    const attributes = { from: S_WHATSAPP_NET, id: `pk-${randomBytes(3).toString("hex")}`, type: "passkey_prologue_request", t: stamp() };
    await connection.send(element("notification", attributes, [element("passkey_prologue_request")]));
    return undefined;
  }
  return link(connection, number, options.badProof ? randomBytes(32) : Buffer.from(secret, "base64"));
}

/** Links the client as a device of the phone, proven with the secret that both know; then the client has to log in. */
export async function link(connection: Connection, number: string, secret: Buffer): Promise<Linked> {
  const { fake, linking } = connection;
  if (linking === undefined) throw new Malformed("this client is linked already");
  const phone = fake.account(number);
  const id = phone.nextDevice++;
  const { private: privateKey, public: publicKey } = phone.endpoint.identity;
  const details = proto.ADVDeviceIdentity.encode({ rawId: 12_345, timestamp: nowSeconds(), keyIndex: id, accountType: proto.ADVEncryptionType.E2EE, deviceType: proto.ADVEncryptionType.E2EE }).finish();
  const accountSignature = Curve.sign(privateKey, Buffer.concat([WA_ADV_ACCOUNT_SIG_PREFIX, details, linking.identity]));
  const signed = proto.ADVSignedDeviceIdentity.encode({ details, accountSignatureKey: publicKey, accountSignature }).finish();
  const proof = proto.ADVSignedDeviceIdentityHMAC.encode({ details: signed, hmac: hmacSign(signed, secret) }).finish();

  const request = `pair-${randomBytes(4).toString("hex")}`;
  const linked = { jid: phoneJid(number, id), lid: lidJid(number, id), device: id };
  const success = element("pair-success", {}, [
    element("device-identity", {}, proof),
    element("device", { jid: linked.jid, lid: linked.lid }),
    element("platform", { name: "android" }),
  ]);
  const reply = await connection.ask(element("iq", { from: S_WHATSAPP_NET, type: "set", id: request, xmlns: "md", t: stamp() }, [success]), request);

  const answer = proto.ADVSignedDeviceIdentity.decode(bytesOf(onlyChild(reply, "pair-device-sign"), "device-identity"));
  const message = Buffer.concat([WA_ADV_DEVICE_SIG_PREFIX, details, linking.identity, publicKey]);
  if (!Curve.verify(linking.identity, message, answer.deviceSignature ?? Buffer.alloc(0))) throw new Malformed("the device did not sign");
  phone.devices.set(id, new LinkedDevice(number, id, linking.noiseKey, linking.identity, linking.registrationId, linking.signed));
  connection.linking = undefined;
  fake.changed();
  if (fake.options.restartAfterPairing !== false) await connection.streamError(515);
  return linked;
}
