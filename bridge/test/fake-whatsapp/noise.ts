import { aesDecryptGCM, aesEncryptGCM, Curve, hkdf, NOISE_MODE, NOISE_WA_HEADER, proto, sha256, type KeyPair } from "baileys";
import { noiseChain, type RootKey } from "./certificates.js";
import { Malformed } from "./nodes.js";

const NOTHING = Buffer.alloc(0);
const LENGTH_BYTES = 3;

export interface Finished {
  noiseKey: Buffer;
  payload: proto.ClientPayload;
}

/** The server's side of WhatsApp's Noise XX handshake, and the framing before and after it. */
export class Noise {
  private unread: Buffer = NOTHING;
  private awaitsHeader = true;
  private hash: Buffer;
  private salt: Buffer;
  private key: Buffer;
  private counter = 0;
  private ephemeral: KeyPair | undefined;
  private transport: { read: Buffer; write: Buffer; reads: number; writes: number } | undefined;

  constructor(private readonly root: RootKey) {
    const mode = Buffer.from(NOISE_MODE);
    this.hash = mode.byteLength === 32 ? mode : Buffer.from(sha256(mode));
    this.salt = this.hash;
    this.key = this.hash;
    this.authenticate(NOISE_WA_HEADER);
  }

  /** The whole frames of what came so far; the rest waits for the next chunk. */
  *frames(chunk: Buffer): Generator<Buffer> {
    this.unread = this.unread.length === 0 ? chunk : Buffer.concat([this.unread, chunk]);
    if (this.awaitsHeader) this.readHeader();
    for (;;) {
      if (this.unread.length < LENGTH_BYTES) return;
      const end = LENGTH_BYTES + this.unread.readUIntBE(0, LENGTH_BYTES);
      if (this.unread.length < end) return;
      const frame = this.unread.subarray(LENGTH_BYTES, end);
      this.unread = this.unread.subarray(end);
      yield frame;
    }
  }

  /** Answers the client's hello; returns the frame to send. */
  hello(frame: Buffer): Buffer {
    const theirs = proto.HandshakeMessage.decode(frame).clientHello?.ephemeral;
    if (!theirs) throw new Malformed("a hello without a key");
    this.authenticate(theirs);
    this.ephemeral = Curve.generateKeyPair();
    const lasting = Curve.generateKeyPair();
    this.authenticate(this.ephemeral.public);
    this.mix(Curve.sharedKey(this.ephemeral.private, theirs));
    const sealedKey = this.seal(lasting.public);
    this.mix(Curve.sharedKey(lasting.private, theirs));
    const payload = this.seal(noiseChain(this.root, lasting.public));
    const serverHello = { ephemeral: this.ephemeral.public, static: sealedKey, payload };
    return framed(Buffer.from(proto.HandshakeMessage.encode({ serverHello }).finish()));
  }

  /** The client's last word of the handshake: who it says it is. From here on everything is sealed. */
  finish(frame: Buffer): Finished {
    const last = proto.HandshakeMessage.decode(frame).clientFinish;
    if (!last?.static || !last.payload || this.ephemeral === undefined) throw new Malformed("an empty finish");
    const noiseKey = this.unseal(last.static);
    this.mix(Curve.sharedKey(this.ephemeral.private, noiseKey));
    const payload = proto.ClientPayload.decode(this.unseal(last.payload));
    const [read, write] = this.derive(NOTHING);
    this.transport = { read, write, reads: 0, writes: 0 };
    return { noiseKey, payload };
  }

  outgoing(data: Buffer): Buffer {
    if (this.transport === undefined) throw new Malformed("nothing is sealed yet");
    return framed(aesEncryptGCM(data, this.transport.write, nonce(this.transport.writes++), NOTHING));
  }

  incoming(frame: Buffer): Buffer {
    if (this.transport === undefined) throw new Malformed("nothing is sealed yet");
    return aesDecryptGCM(frame, this.transport.read, nonce(this.transport.reads++), NOTHING);
  }

  private readHeader(): void {
    if (this.unread.subarray(0, 2).toString() === "ED") {
      // Routing information of an earlier connection: its length, then itself; of no use here.
      this.unread = this.unread.subarray(7 + this.unread.readUIntBE(4, 3));
    }
    if (!this.unread.subarray(0, 4).equals(NOISE_WA_HEADER)) throw new Malformed("not a WhatsApp client");
    this.unread = this.unread.subarray(4);
    this.awaitsHeader = false;
  }

  private authenticate(data: Uint8Array): void {
    this.hash = Buffer.from(sha256(Buffer.concat([this.hash, data])));
  }

  private derive(data: Uint8Array): [Buffer, Buffer] {
    const both = Buffer.from(hkdf(Buffer.from(data), 64, { salt: this.salt, info: "" }));
    return [both.subarray(0, 32), both.subarray(32)];
  }

  private mix(data: Uint8Array): void {
    [this.salt, this.key] = this.derive(data);
    this.counter = 0;
  }

  private seal(plain: Uint8Array): Buffer {
    const sealed = aesEncryptGCM(plain, this.key, nonce(this.counter++), this.hash);
    this.authenticate(sealed);
    return sealed;
  }

  private unseal(sealed: Uint8Array): Buffer {
    const plain = aesDecryptGCM(sealed, this.key, nonce(this.counter++), this.hash);
    this.authenticate(sealed);
    return plain;
  }
}

function framed(data: Buffer): Buffer {
  const head = Buffer.alloc(LENGTH_BYTES);
  head.writeUIntBE(data.length, 0, LENGTH_BYTES);
  return Buffer.concat([head, data]);
}

function nonce(counter: number): Buffer {
  const iv = Buffer.alloc(12);
  iv.writeUInt32BE(counter, 8);
  return iv;
}
