import { randomUUID } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { mkdir, mkdtemp, open, realpath, rename, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve, sep } from "node:path";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { BridgeConfig } from "../config_bridge.js";
import { MediaRefused, type MediaStore } from "../whatsapp/ports.js";
import { S3Store } from "./media_s3.js";

/** What the file itself does not say: the command names the type. */
export const UNKNOWN_TYPE = "application/octet-stream";

export async function openMedia(storage: BridgeConfig["storage"]): Promise<MediaStore> {
  if (!("folder" in storage)) return new S3Store(storage);
  const folder = resolve(storage.folder);
  await mkdir(folder, { recursive: true });
  return new FolderStore(await realpath(folder));
}

/** Keys begin with the company, as the app's own do, so that a company's objects go together. */
export function newKey(company: string): string {
  return `${company}/inbound/${randomUUID()}`;
}

/** Raises MediaRefused for a key that could lead out of its place. */
export function checkedKey(key: string): string {
  const parts = key.split("/");
  const isPlain = /^[\w.\-/]+$/.test(key) && parts.every((part) => part !== "" && part !== "." && part !== "..");
  if (!isPlain) throw new MediaRefused("missing");
  return key;
}

/** Writes the stream to a file, at most `most` bytes of it. Returns its size. Raises MediaRefused. */
export async function pour(stream: NodeJS.ReadableStream, path: string, most: number): Promise<number> {
  let size = 0;
  const measure = new Transform({
    transform(part: Buffer, _encoding, done) {
      size += part.length;
      if (size > most) done(new MediaRefused("too_large"));
      else done(null, part);
    },
  });
  await pipeline(stream, measure, createWriteStream(path, { flags: "wx" }));
  return size;
}

/** A folder of one's own for a moment. */
export async function withFolder<T>(run: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "bridge-media-"));
  try {
    return await run(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

class FolderStore implements MediaStore {
  constructor(private readonly folder: string) {}

  async open(key: string, most: number): ReturnType<MediaStore["open"]> {
    const wanted = join(this.folder, checkedKey(key));
    // A link inside may lead outside: what counts is where it ends.
    const path = await realpath(wanted).catch(() => undefined);
    if (path?.startsWith(this.folder + sep) !== true) throw new MediaRefused("missing");
    const { size, isFile } = await stat(path).then((found) => ({ size: found.size, isFile: found.isFile() }));
    if (!isFile) throw new MediaRefused("missing");
    if (size > most) throw new MediaRefused("too_large");
    // A file that grows meanwhile gives no more than was measured.
    const stream = createReadStream(path, size === 0 ? {} : { end: size - 1 });
    return { stream, size, type: UNKNOWN_TYPE };
  }

  async put(company: string, stream: NodeJS.ReadableStream, _type: string, most: number): ReturnType<MediaStore["put"]> {
    const key = newKey(company);
    const path = join(this.folder, checkedKey(key));
    const unfinished = `${path}.part`;
    await mkdir(dirname(path), { recursive: true });
    try {
      const size = await pour(stream, unfinished, most);
      await flushed(unfinished);
      await rename(unfinished, path);
      return { key, size };
    } catch (error) {
      await rm(unfinished, { force: true });
      throw error;
    }
  }
}

/** An event will name this object: it must be there after a power cut too. */
async function flushed(path: string): Promise<void> {
  const file = await open(path, "r+");
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}
