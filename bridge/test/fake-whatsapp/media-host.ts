import { getMediaKeys, sha256, type MediaType, type proto } from "baileys";
import { createCipheriv, createDecipheriv, createHmac, randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import type { IncomingMessage, ServerResponse } from "node:http";
import { join } from "node:path";
import { nowSeconds } from "./nodes.js";

const MAC_BYTES = 10;
const PREFIX = "/v/t62.fake/";

export interface StoredMedia {
  url: string;
  directPath: string;
  mediaKey: Buffer;
  fileEncSha256: Buffer;
  fileSha256: Buffer;
  fileLength: number;
  mediaKeyTimestamp: number;
}

/** Where media is, sealed: over HTTPS like WhatsApp's, on a certificate of its own. */
export class MediaHost {
  /** An HTTP status to refuse uploads with, 0: none. */
  failUploads = 0;
  failDownloads = 0;
  /** So many downloads more are refused so. */
  failuresLeft = Infinity;
  /** Takes what comes, and never answers. */
  isSilent = false;
  uploads = 0;
  downloads = 0;
  private readonly blobs = new Map<string, Buffer>();

  private constructor(
    private readonly server: Server,
    readonly host: string,
    private readonly folder: string | undefined,
  ) {}

  /** Blobs live in memory, and in `folder` when there is one. */
  static async start(tls: { certificate: string; key: string }, port: number, folder: string | undefined): Promise<MediaHost> {
    const server = createServer({ key: tls.key, cert: tls.certificate });
    await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
    const host = new MediaHost(server, `127.0.0.1:${(server.address() as AddressInfo).port}`, folder);
    server.on("request", (request, response) => {
      host.handle(request, response);
    });
    if (folder !== undefined) mkdirSync(folder, { recursive: true });
    return host;
  }

  /** A phone uploads: what its message has to carry. */
  async put(plain: Buffer, type: MediaType): Promise<StoredMedia> {
    const mediaKey = randomBytes(32);
    const { iv, cipherKey, macKey } = await keysOf(mediaKey, type);
    const cipher = createCipheriv("aes-256-cbc", cipherKey, iv);
    const sealed = Buffer.concat([cipher.update(plain), cipher.final()]);
    const mac = createHmac("sha256", macKey).update(iv).update(sealed).digest().subarray(0, MAC_BYTES);
    const blob = Buffer.concat([sealed, mac]);
    const directPath = this.keep(blob);
    const hashes = { fileEncSha256: Buffer.from(sha256(blob)), fileSha256: Buffer.from(sha256(plain)) };
    return { url: `https://${this.host}${directPath}`, directPath, mediaKey, ...hashes, fileLength: plain.length, mediaKeyTimestamp: nowSeconds() };
  }

  /** Opens what a message points to. Undefined: the host has nothing there. */
  async open(path: string, mediaKey: Uint8Array, type: MediaType): Promise<Buffer | undefined> {
    const blob = this.blob(new URL(path, "https://host").pathname);
    if (!blob) return undefined;
    const { iv, cipherKey } = await keysOf(mediaKey, type);
    const opener = createDecipheriv("aes-256-cbc", cipherKey, iv);
    return Buffer.concat([opener.update(blob.subarray(0, -MAC_BYTES)), opener.final()]);
  }

  /** Does the medium of this message open, and is it what the message says? */
  async isIntact(message: proto.IMessage | undefined): Promise<boolean> {
    const inner = message?.documentWithCaptionMessage?.message ?? message;
    const found: [MediaType, Pointer | null | undefined][] = [
      ["image", inner?.imageMessage],
      ["video", inner?.videoMessage],
      ["audio", inner?.audioMessage],
      ["document", inner?.documentMessage],
      ["sticker", inner?.stickerMessage],
    ];
    for (const [type, pointer] of found) {
      if (!pointer?.directPath || !pointer.mediaKey || !pointer.fileSha256) continue;
      const plain = await this.open(pointer.directPath, pointer.mediaKey, type).catch(() => undefined);
      return plain !== undefined && Buffer.from(sha256(plain)).equals(Buffer.from(pointer.fileSha256));
    }
    return false;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private handle(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url ?? "/", "https://host");
    if (this.isSilent) {
      request.resume();
      return;
    }
    if (request.method === "POST") {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        this.receive(Buffer.concat(chunks), url.searchParams.get("token") ?? "", response);
      });
      return;
    }
    this.downloads += 1;
    const refused = this.failuresLeft > 0 ? this.failDownloads : 0;
    if (refused !== 0) this.failuresLeft -= 1;
    const blob = refused === 0 ? this.blob(url.pathname) : undefined;
    response.statusCode = blob ? 200 : refused || 410;
    response.end(blob);
  }

  private receive(blob: Buffer, token: string, response: ServerResponse): void {
    const isItself = Buffer.from(sha256(blob)).toString("base64url") === token.replace(/=+$/, "").replaceAll("+", "-").replaceAll("/", "_");
    response.setHeader("content-type", "application/json");
    response.statusCode = this.failUploads || (isItself ? 200 : 400);
    if (response.statusCode !== 200) {
      response.end("{}");
      return;
    }
    this.uploads += 1;
    const path = this.keep(blob);
    response.end(JSON.stringify({ url: `https://${this.host}${path}`, direct_path: path }));
  }

  private keep(blob: Buffer): string {
    const name = `${Buffer.from(sha256(blob)).toString("hex")}.enc`;
    this.blobs.set(name, blob);
    if (this.folder !== undefined) writeFileSync(join(this.folder, name), blob);
    return PREFIX + name;
  }

  private blob(path: string): Buffer | undefined {
    const name = path.slice(PREFIX.length);
    if (!/^[0-9a-f]{64}\.enc$/.test(name)) return undefined;
    const file = this.folder === undefined ? undefined : join(this.folder, name);
    return this.blobs.get(name) ?? (file !== undefined && existsSync(file) ? readFileSync(file) : undefined);
  }
}

interface Pointer {
  directPath?: string | null;
  mediaKey?: Uint8Array | null;
  fileSha256?: Uint8Array | null;
}

async function keysOf(mediaKey: Uint8Array, type: MediaType): Promise<{ iv: Uint8Array; cipherKey: Uint8Array; macKey: Uint8Array }> {
  const { iv, cipherKey, macKey } = await getMediaKeys(mediaKey, type);
  if (!macKey) throw new Error("no MAC key");
  return { iv, cipherKey, macKey };
}
