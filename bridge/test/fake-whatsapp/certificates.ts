import { Curve, proto } from "baileys";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { selfSigned } from "./self-signed.js";

/** Seconds since 1970 of 2100-01-01. */
const FOR_EVER = 4_102_444_800;

/** What a client has to know beforehand: it stays the same as long as the folder does. */
export interface RootKey {
  private: Uint8Array;
  public: Uint8Array;
}

const storedRoot = z.object({ private: z.string(), public: z.string() });

/** The Noise root, kept in `folder`, else new each time. */
export function openRootKey(folder: string | undefined): RootKey {
  if (folder === undefined) return Curve.generateKeyPair();
  const path = join(folder, "root.json");
  if (existsSync(path)) {
    const stored = storedRoot.parse(JSON.parse(readFileSync(path, "utf8")));
    return { private: Buffer.from(stored.private, "hex"), public: Buffer.from(stored.public, "hex") };
  }
  const root = Curve.generateKeyPair();
  mkdirSync(folder, { recursive: true });
  const hex = { private: Buffer.from(root.private).toString("hex"), public: Buffer.from(root.public).toString("hex") };
  writeFileSync(path, JSON.stringify(hex), { mode: 0o600 });
  return root;
}

/** Root signs the intermediate, the intermediate signs the key of this handshake: what Baileys checks. */
export function noiseChain(root: RootKey, staticKey: Uint8Array): Buffer {
  const { Details } = proto.CertChain.NoiseCertificate;
  const intermediate = Curve.generateKeyPair();
  const validity = { notBefore: 0, notAfter: FOR_EVER };
  const upper = Details.encode({ serial: 1, issuerSerial: 0, key: intermediate.public, ...validity }).finish();
  const lower = Details.encode({ serial: 2, issuerSerial: 1, key: staticKey, ...validity }).finish();
  const chain = {
    leaf: { details: lower, signature: Curve.sign(intermediate.private, lower) },
    intermediate: { details: upper, signature: Curve.sign(root.private, upper) },
  };
  return Buffer.from(proto.CertChain.encode(chain).finish());
}

/** The media host's certificate for 127.0.0.1, kept in `folder`. */
export function openMediaCertificate(folder: string): { path: string; certificate: string; key: string } {
  const path = join(folder, "media.pem");
  const keyPath = join(folder, "media.key");
  if (!existsSync(path) || !existsSync(keyPath)) {
    mkdirSync(folder, { recursive: true });
    const made = selfSigned();
    writeFileSync(keyPath, made.key, { mode: 0o600 });
    writeFileSync(path, made.certificate);
  }
  return { path, certificate: readFileSync(path, "utf8"), key: readFileSync(keyPath, "utf8") };
}
