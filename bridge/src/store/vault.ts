import { createCipheriv, createDecipheriv, createHash, createHmac, hkdfSync, randomBytes } from "node:crypto";
import type { Table } from "./tables.js";

/** Where a record stands: moved anywhere else, it does not open. */
export interface Place {
  table: Table;
  company: string;
  channel: string;
  id: string;
}

interface Master {
  id: Buffer;
  key: Buffer;
}

/** Names the form of a record: version 1 · key id (4) · nonce (12) · ciphertext · tag (16). */
const VERSION = 1;
const ID_BYTES = 4;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
/** Drawn at once: the call costs as much as a small record's encryption. */
const NONCES = 256;
const HEAD_BYTES = 1 + ID_BYTES + NONCE_BYTES;
const CIPHER = "aes-256-gcm";
const SHORTEST = 32;

/** It was sealed by a key we do not have, stood elsewhere, or was changed. */
export class Unopenable extends Error {}

/** Seals what the tables hold: AES-256-GCM, a key per company derived from BRIDGE_KEYS. */
export class Vault {
  private readonly masters: Master[];
  private readonly derived = new Map<string, Buffer>();
  private nonces = Buffer.alloc(0);

  /** `keys`: a comma list; the first seals, all open. Raises when one has fewer than 32 characters. */
  constructor(keys: string) {
    this.masters = keys
      .split(",")
      .map((text) => text.trim())
      .filter((text) => text !== "")
      .map((text) => {
        if (text.length < SHORTEST) throw new Error(`BRIDGE_KEYS: each key needs at least ${SHORTEST} characters`);
        const key = Buffer.from(text, "utf8");
        return { key, id: createHash("sha256").update("key id of ").update(key).digest().subarray(0, ID_BYTES) };
      });
    if (this.masters.length === 0) throw new Error("BRIDGE_KEYS: is missing");
  }

  /** Whether an older key is still given beside the first. */
  get isRotating(): boolean {
    return this.masters.length > 1;
  }

  isSealedByFirst(sealed: Buffer): boolean {
    return keyIdOf(sealed).equals(this.first().id);
  }

  /** Whether the key that sealed it is among ours; the first bytes of the record are enough. */
  hasKeyOf(sealed: Buffer): boolean {
    return this.masters.some(({ id }) => id.equals(keyIdOf(sealed)));
  }

  seal(place: Place, plain: Uint8Array | string): Buffer {
    const master = this.first();
    const nonce = this.nonce();
    const cipher = createCipheriv(CIPHER, this.derive(master, `records of ${place.company}`), nonce);
    cipher.setAAD(bound(place));
    const body = typeof plain === "string" ? Buffer.from(plain, "utf8") : plain;
    return Buffer.concat([Buffer.from([VERSION]), master.id, nonce, cipher.update(body), cipher.final(), cipher.getAuthTag()]);
  }

  /** Raises Unopenable. */
  open(place: Place, sealed: Buffer): Buffer {
    const id = keyIdOf(sealed);
    const master = this.masters.find((one) => one.id.equals(id));
    if (master === undefined || sealed[0] !== VERSION) throw new Unopenable(`no key opens this record of ${place.table}`);
    const nonce = sealed.subarray(1 + ID_BYTES, HEAD_BYTES);
    const tagAt = sealed.length - TAG_BYTES;
    try {
      const decipher = createDecipheriv(CIPHER, this.derive(master, `records of ${place.company}`), nonce);
      decipher.setAAD(bound(place));
      decipher.setAuthTag(sealed.subarray(tagAt));
      return Buffer.concat([decipher.update(sealed.subarray(HEAD_BYTES, tagAt)), decipher.final()]);
    } catch {
      throw new Unopenable(`a record of ${place.table} was changed, or stood elsewhere`);
    }
  }

  text(place: Place, sealed: Buffer): string {
    return this.open(place, sealed).toString("utf8");
  }

  /**
   * Keyed hashes of a phone, by which rows are found without telling it: the first is what is
   * written now, the others what older keys wrote. `scope` null: comparable in the whole installation.
   */
  people(phone: string, scope: string | null): [string, ...string[]] {
    const hashes = this.masters.map((master) => {
      const key = this.derive(master, scope === null ? "own phones" : `people of ${scope}`);
      return createHmac("sha256", key).update(withoutNinth(phone)).digest("hex");
    });
    return hashes as [string, ...string[]];
  }

  private nonce(): Buffer {
    if (this.nonces.length < NONCE_BYTES) this.nonces = randomBytes(NONCES * NONCE_BYTES);
    const nonce = this.nonces.subarray(0, NONCE_BYTES);
    this.nonces = this.nonces.subarray(NONCE_BYTES);
    return nonce;
  }

  private first(): Master {
    const [master] = this.masters;
    if (master === undefined) throw new Error("a vault has at least one key");
    return master;
  }

  private derive(master: Master, purpose: string): Buffer {
    const name = `${master.id.toString("hex")} ${purpose}`;
    let key = this.derived.get(name);
    if (key === undefined) {
      key = Buffer.from(hkdfSync("sha256", master.key, Buffer.alloc(0), `esquadrao bridge v1: ${purpose}`, 32));
      this.derived.set(name, key);
    }
    return key;
  }
}

function keyIdOf(sealed: Buffer): Buffer {
  return sealed.subarray(1, 1 + ID_BYTES);
}

function bound({ table, company, channel, id }: Place): Buffer {
  return Buffer.from(JSON.stringify([table, company, channel, id]), "utf8");
}

/** A Brazilian mobile in its two spellings, with the ninth digit and without, is one person. */
function withoutNinth(phone: string): string {
  return phone.replace(/\D/g, "").replace(/^(55\d\d)9(\d{8})$/, "$1$2");
}
