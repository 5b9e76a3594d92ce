import { aesDecryptCTR, aesDecryptGCM, aesEncryptCTR, Curve, derivePairingCodeKey, hkdf, S_WHATSAPP_NET, type BinaryNode } from "baileys";
import { randomBytes } from "node:crypto";
import type { Connection } from "./connection.js";
import type { FakeWhatsApp } from "./fake-whatsapp.js";
import { personOf } from "./jids.js";
import { link, type Linked } from "./linking.js";
import { attribute, bytesOf, element, stamp } from "./nodes.js";

const NOTHING = Buffer.alloc(0);

/** A client that has shown its 8-character code and waits for the phone to type it. */
export interface PairCode {
  number: string;
  /** Salt, IV and the client's key, sealed with the code. */
  wrapped: Buffer;
  ref: Buffer;
  finish?: (bundle: Buffer) => void;
}

/** The client's two steps of linking by code. */
export async function answerPairCode(connection: Connection, query: BinaryNode, step: BinaryNode): Promise<void> {
  if (step.attrs["stage"] !== "companion_hello") {
    await connection.result(query);
    connection.pairCode?.finish?.(bytesOf(step, "link_code_pairing_wrapped_key_bundle"));
    return;
  }
  const ref = Buffer.from(`ref${randomBytes(4).toString("hex")}`);
  const wrapped = bytesOf(step, "link_code_pairing_wrapped_companion_ephemeral_pub");
  connection.pairCode = { number: personOf(attribute(step, "jid")).number, wrapped, ref };
  const answer = element("link_code_companion_reg", { stage: "companion_hello" }, [element("link_code_pairing_ref", {}, ref)]);
  await connection.result(query, [answer]);
  connection.fake.changed();
}

/** The person types the code on the phone. Throws when no client waits for it, or it is the wrong one. */
export async function enterCode(fake: FakeWhatsApp, code: string, number: string): Promise<Linked> {
  const connection = [...fake.connections].findLast((waiting) => waiting.isOpen && waiting.pairCode?.number === number);
  if (!connection?.pairCode) throw new Error("no client waits for a code of this phone");
  const { pairCode } = connection;
  const { identity } = fake.account(number).endpoint;
  const { wrapped } = pairCode;
  const theirKey = aesDecryptCTR(wrapped.subarray(48, 80), await derivePairingCodeKey(code, wrapped.subarray(0, 32)), wrapped.subarray(32, 48));
  const ephemeral = Curve.generateKeyPair();
  const salt = randomBytes(32);
  const iv = randomBytes(16);
  const sealed = Buffer.concat([salt, iv, aesEncryptCTR(ephemeral.public, await derivePairingCodeKey(code, salt), iv)]);
  const finished = new Promise<Buffer>((resolve) => {
    pairCode.finish = resolve;
  });
  const hello = element("link_code_companion_reg", { stage: "primary_hello" }, [
    element("link_code_pairing_wrapped_primary_ephemeral_pub", {}, sealed),
    element("primary_identity_pub", {}, identity.public),
    element("link_code_pairing_ref", {}, pairCode.ref),
  ]);
  const attributes = { from: S_WHATSAPP_NET, id: `lc-${randomBytes(3).toString("hex")}`, type: "link_code_companion_reg", t: stamp() };
  await connection.send(element("notification", attributes, [hello]));
  return link(connection, number, secretOf(await finished, ephemeral.private, theirKey, identity.private));
}

/** The secret of the linking, agreed on over the code; a wrong code makes the bundle unreadable, and this throw. */
function secretOf(bundle: Buffer, ephemeral: Uint8Array, theirKey: Uint8Array, identity: Uint8Array): Buffer {
  const shared = Curve.sharedKey(ephemeral, theirKey);
  const key = hkdf(shared, 32, { salt: bundle.subarray(0, 32), info: "link_code_pairing_key_bundle_encryption_key" });
  const plain = aesDecryptGCM(bundle.subarray(44), Buffer.from(key), bundle.subarray(32, 44), NOTHING);
  const identityShared = Curve.sharedKey(identity, plain.subarray(0, 32));
  const agreed = Buffer.concat([shared, identityShared, plain.subarray(64, 96)]);
  return Buffer.from(hkdf(agreed, 32, { info: "adv_secret" }));
}
