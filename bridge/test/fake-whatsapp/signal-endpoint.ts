import "./quiet-libsignal.js";
import { Curve, encodeBigEndian, generateSignalPubKey, KEY_BUNDLE_TYPE, signedKeyPair, unpadRandomMax16, writeRandomPadMax16 } from "baileys";
import type { BinaryNode, KeyPair } from "baileys";
import { ProtocolAddress, SessionBuilder, SessionCipher, SessionRecord, type SignalStorage } from "libsignal";
import { element } from "./nodes.js";

/** The public half of another device, as a session with it needs it. */
export interface Bundle {
  registrationId: number;
  identity: Buffer;
  signedPreKey: { id: number; key: Buffer; signature: Buffer };
  preKeys: Map<number, Buffer>;
}

export interface Address {
  number: string;
  id: number;
}

type Session = { serialize(): unknown; constructor: { deserialize(data: unknown): object } } & Record<string, unknown>;

/** A phone's official library leaves a session as it was when a trial decryption fails; libsignal-node does not. */
class PhoneCipher extends SessionCipher {
  declare doDecryptWhisperMessage: (data: Uint8Array, session: Session) => Promise<Buffer>;

  async decryptWithSessions(data: Uint8Array, sessions: Session[]): Promise<{ plaintext: Buffer; session: Session }> {
    let last: unknown = new Error("no session");
    for (const session of sessions) {
      const before = session.serialize();
      try {
        return { plaintext: await this.doDecryptWhisperMessage(data, session), session };
      } catch (error) {
        last = error;
        const { constructor } = session;
        for (const name of Object.keys(session)) Reflect.deleteProperty(session, name);
        Object.assign(session, constructor.deserialize(before));
      }
    }
    throw last;
  }
}

/** One end of Signal that the fake owns: the phone of an account, or of a contact. Its calls are one at a time. */
export class SignalEndpoint {
  identity: KeyPair = Curve.generateKeyPair();
  registrationId = 1 + Math.floor(Math.random() * 16_000);
  signedPreKey = signedKeyPair(this.identity, 1);
  preKeys = new Map<number, KeyPair>();
  nextPreKey = 1;
  /** By address; what libsignal serialises, which JSON can hold. */
  sessions = new Map<string, unknown>();
  private turn: Promise<unknown> = Promise.resolve();

  private readonly storage: SignalStorage = {
    loadSession: (id) => {
      const stored = this.sessions.get(id);
      return Promise.resolve(stored === undefined ? undefined : SessionRecord.deserialize(stored as Uint8Array));
    },
    storeSession: (id, session) => {
      this.sessions.set(id, session.serialize());
      return Promise.resolve();
    },
    isTrustedIdentity: () => true,
    loadPreKey: (id) => {
      const key = this.preKeys.get(Number(id));
      return Promise.resolve(key && signalPair(key));
    },
    removePreKey: (id) => void this.preKeys.delete(id),
    loadSignedPreKey: () => signalPair(this.signedPreKey.keyPair),
    getOurRegistrationId: () => this.registrationId,
    getOurIdentity: () => signalPair(this.identity),
  };

  /** A bundle with a one-time key of its own, as the children of a `user` or of a retry's `keys`. */
  bundle(): { registration: BinaryNode; keys: BinaryNode[] } {
    const id = this.nextPreKey++;
    const key = Curve.generateKeyPair();
    this.preKeys.set(id, key);
    const identity = this.identity.public;
    const signed = { id: this.signedPreKey.keyId, key: this.signedPreKey.keyPair.public, signature: this.signedPreKey.signature };
    return bundleNodes(this.registrationId, identity, signed, { id, key: key.public });
  }

  /** Seals for a device; without a session one is made, which uses up a one-time key of it if there is one. */
  encrypt(to: Address & Bundle, plain: Uint8Array): Promise<BinaryNode> {
    return this.inTurn(async () => {
      const address = new ProtocolAddress(to.number, to.id);
      const record = await this.storage.loadSession(address.toString());
      if (!record?.haveOpenSession()) await new SessionBuilder(this.storage, address).initOutgoing(taken(to));
      const sealed = await new SessionCipher(this.storage, address).encrypt(writeRandomPadMax16(plain));
      return element("enc", { v: "2", type: sealed.type === 3 ? "pkmsg" : "msg" }, Buffer.from(sealed.body, "binary"));
    });
  }

  /** Throws when it cannot be read; the session stays as it was. */
  decrypt(from: Address, type: string, sealed: Uint8Array): Promise<Uint8Array> {
    return this.inTurn(async () => {
      const cipher = new PhoneCipher(this.storage, new ProtocolAddress(from.number, from.id));
      const bytes = Buffer.from(sealed);
      return unpadRandomMax16(await (type === "pkmsg" ? cipher.decryptPreKeyWhisperMessage(bytes) : cipher.decryptWhisperMessage(bytes)));
    });
  }

  forget(device: Address): void {
    this.sessions.delete(new ProtocolAddress(device.number, device.id).toString());
  }

  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.turn.then(work, work);
    this.turn = done.catch(() => undefined);
    return done;
  }
}

export function bundleNodes(
  registrationId: number,
  identity: Uint8Array,
  signed: { id: number; key: Uint8Array; signature: Uint8Array },
  preKey: { id: number; key: Uint8Array } | undefined,
): { registration: BinaryNode; keys: BinaryNode[] } {
  const signedKey = [
    element("id", {}, encodeBigEndian(signed.id, 3)),
    element("value", {}, signed.key),
    element("signature", {}, signed.signature),
  ];
  const keys = [element("type", {}, KEY_BUNDLE_TYPE), element("identity", {}, identity), element("skey", {}, signedKey)];
  if (preKey) keys.push(element("key", {}, [element("id", {}, encodeBigEndian(preKey.id, 3)), element("value", {}, preKey.key)]));
  return { registration: element("registration", {}, encodeBigEndian(registrationId)), keys };
}

function taken(bundle: Bundle): Parameters<SessionBuilder["initOutgoing"]>[0] {
  const [first] = bundle.preKeys;
  if (first) bundle.preKeys.delete(first[0]);
  const { signedPreKey: signed } = bundle;
  const session = {
    registrationId: bundle.registrationId,
    identityKey: generateSignalPubKey(bundle.identity),
    signedPreKey: { keyId: signed.id, publicKey: generateSignalPubKey(signed.key), signature: signed.signature },
    ...(first && { preKey: { keyId: first[0], publicKey: generateSignalPubKey(first[1]) } }),
  };
  // Its typings demand a one-time key; without one it makes the session from the signed key, as WhatsApp does.
  return session as Parameters<SessionBuilder["initOutgoing"]>[0];
}

const signalPair = (pair: KeyPair): { privKey: Buffer; pubKey: Buffer } => ({
  privKey: Buffer.from(pair.private),
  pubKey: Buffer.from(generateSignalPubKey(pair.public)),
});
