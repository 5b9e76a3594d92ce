import "./storages.js";
import { createRequire } from "node:module";
import { Curve } from "baileys";

/**
 * Repairs of the library under Baileys, in place and once for the process. Whoever opens a socket imports this.
 * Found by `require`, as libsignal finds its own parts: the objects patched here are the ones it calls.
 */
const require = createRequire(import.meta.url);

interface SignalSession {
  serialize(): unknown;
  indexInfo: { used: number };
  constructor: { deserialize(data: unknown): object };
}
interface Cipher {
  decryptWithSessions: (this: Cipher, data: Buffer, sessions: SignalSession[]) => Promise<{ session: SignalSession; plaintext: Buffer }>;
  queueJob<T>(job: () => Promise<T>): Promise<T>;
  doDecryptWhisperMessage(data: Buffer, session: SignalSession): Promise<Buffer>;
}
type Verify = (key: Uint8Array, message: Uint8Array, signature: Uint8Array, isFirst?: boolean) => boolean;

const { SessionCipher } = require("libsignal") as { SessionCipher: { prototype: Cipher } };
const curve = require("libsignal/src/curve.js") as { verifySignature: Verify };
const { SessionError } = require("libsignal/src/errors.js") as { SessionError: new (message: string) => Error };

/** Off only by an operator's own decision, should WhatsApp itself ever sign what does not verify. */
export const strict = { signatures: true, restores: true };

/** libsignal prints sessions with their root keys; nothing else in this process speaks through the console. */
function silence(): void {
  for (const word of ["log", "info", "warn", "error", "debug", "trace"] as const) console[word] = () => undefined;
}

/**
 * The stock cipher steps a session's ratchet before it checks the MAC, session after session of one record, and stores
 * the record once one of them fits: the sessions tried before it stay broken. Each is put back as it was.
 */
function restoreAfterFailure(): void {
  const stock = SessionCipher.prototype.decryptWithSessions;
  SessionCipher.prototype.decryptWithSessions = async function (this: Cipher, data, sessions) {
    if (!strict.restores) return stock.call(this, data, sessions);
    let cause: unknown;
    for (const session of sessions) {
      const before = session.serialize();
      try {
        const plaintext = await this.doDecryptWhisperMessage(data, session);
        session.indexInfo.used = Date.now();
        return { session, plaintext };
      } catch (error) {
        cause = error;
        const whole = session.constructor.deserialize(before);
        for (const key of Object.keys(session)) Reflect.deleteProperty(session, key);
        Object.assign(session, whole);
      }
    }
    throw Object.assign(new SessionError("No matching sessions found for message"), { cause });
  };
}

/** The stock check answers false, or nothing at all for a first key bundle, where its callers wait for a throw. */
function verifySignatures(): void {
  const stock = curve.verifySignature;
  curve.verifySignature = (key, message, signature, isFirst) => {
    if (!strict.signatures) return stock(key, message, signature, isFirst);
    if (!stock(key, message, signature, false)) throw new Error("invalid signature");
    return true;
  };
  // Baileys bound the stock function when it was loaded, before or after this; its Curve is one object for everybody.
  const lenient = Curve.verify;
  Curve.verify = (key, message, signature) => {
    if (!strict.signatures) return lenient(key, message, signature);
    try {
      const prefixed = key.length === 33 ? Buffer.from(key) : Buffer.concat([Buffer.from([5]), key]);
      return stock(prefixed, message, signature, false);
    } catch {
      return false;
    }
  };
}

/**
 * The stock queue is one for all sockets of the process, and runs a job in the async context of whoever came to the
 * address first: while a person writes to two channels, the second one's step of the ratchet leaves the transaction that
 * was to keep its plaintext, and a crash between the two loses the message. The repository's lock a person is the queue.
 */
function ownContext(): void {
  SessionCipher.prototype.queueJob = (job) => job();
}

silence();
ownContext();
restoreAfterFailure();
verifySignatures();
