import { AwsClient } from "aws4fetch";
import { openAsBlob } from "node:fs";
import { join } from "node:path";
import { pipeline, Readable, Transform } from "node:stream";
import type { S3Settings } from "../config_bridge.js";
import { unlessSilent, within } from "../whatsapp/patience.js";
import { MediaRefused, type MediaStore } from "../whatsapp/ports.js";
import { checkedKey, newKey, pour, UNKNOWN_TYPE, withFolder } from "./media_store.js";

const RETRIES = 2;

/** Milliseconds. Whoever asks has a limit of its own for all of it, which a store that went silent must not use up. */
export interface Patience {
  /** Until the headers of what is read are there; the body of a large video takes its time. */
  answer: number;
  /** Between two parts of it. */
  silence: number;
  /** The store answers a writing only behind its last byte. */
  write: number;
}
const PATIENCE: Patience = { answer: 20_000, silence: 30_000, write: 120_000 };

/** Objects of a bucket, by signed requests; `AWS_ENDPOINT_URL` names what is not Amazon's. */
export class S3Store implements MediaStore {
  private readonly client: AwsClient;
  private readonly base: string;

  constructor(
    { bucket, prefix, endpoint, region, accessKeyId, secretAccessKey, sessionToken }: S3Settings,
    private readonly patience = PATIENCE,
  ) {
    const token = sessionToken === undefined ? {} : { sessionToken };
    this.client = new AwsClient({ accessKeyId, secretAccessKey, ...token, service: "s3", region, retries: RETRIES });
    const host = endpoint?.replace(/\/+$/, "") ?? `https://s3.${region}.amazonaws.com`;
    this.base = [host, bucket, prefix].filter((part) => part !== "").join("/");
  }

  async open(key: string, most: number): ReturnType<MediaStore["open"]> {
    const response = await this.ask("GET", key, this.patience.answer);
    const { body, headers } = response;
    const size = Number(headers.get("content-length"));
    if (!response.ok || body === null || size > most) {
      await body?.cancel();
      if ([403, 404].includes(response.status)) throw new MediaRefused("missing");
      throw response.ok && body !== null ? new MediaRefused("too_large") : new Error(`the media store answers ${response.status}`);
    }
    // The end of one is the end of all: a body nobody reads any more is let go.
    const stream = pipeline(Readable.fromWeb(body), unlessSilent(this.patience.silence), bounded(most), () => undefined);
    return { stream, size, type: headers.get("content-type") ?? UNKNOWN_TYPE };
  }

  /** By way of a file: S3 wants to know the size first, and nobody knows it before the last byte. */
  async put(company: string, stream: NodeJS.ReadableStream, type: string, most: number): ReturnType<MediaStore["put"]> {
    const key = newKey(company);
    return withFolder(async (folder) => {
      const path = join(folder, "object");
      const size = await pour(stream, path, most);
      const response = await this.ask("PUT", key, this.patience.write, { body: await openAsBlob(path), headers: { "content-type": type } });
      await response.body?.cancel();
      if (!response.ok) throw new Error(`the media store answers ${response.status}`);
      return { key, size };
    });
  }

  private async ask(method: string, key: string, patience: number, more: RequestInit = {}): Promise<Response> {
    // Not for the body: its signal is never given once the headers are there.
    return within(patience, (signal) => this.client.fetch(`${this.base}/${checkedKey(key)}`, { method, signal, ...more }));
  }
}

/** A store that announces less than it sends is cut off. */
function bounded(most: number): Transform {
  let size = 0;
  return new Transform({
    transform(part: Uint8Array, _encoding, done) {
      size += part.length;
      if (size > most) done(new MediaRefused("too_large"));
      else done(null, part);
    },
  });
}
