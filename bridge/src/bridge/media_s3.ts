import { AwsClient } from "aws4fetch";
import { openAsBlob } from "node:fs";
import { join } from "node:path";
import { Readable, Transform } from "node:stream";
import type { S3Settings } from "../config_bridge.js";
import type { MediaStore } from "../whatsapp/ports.js";
import { checkedKey, MediaRefused, newKey, pour, UNKNOWN_TYPE, withFolder } from "./media_store.js";

/** Until the headers are there; the body of a large video takes its time. */
const ANSWER_MS = 20_000;
const RETRIES = 2;

/** Objects of a bucket, by signed requests; `AWS_ENDPOINT_URL` names what is not Amazon's. */
export class S3Store implements MediaStore {
  private readonly client: AwsClient;
  private readonly base: string;

  constructor({ bucket, prefix, endpoint, region, accessKeyId, secretAccessKey, sessionToken }: S3Settings) {
    const token = sessionToken === undefined ? {} : { sessionToken };
    this.client = new AwsClient({ accessKeyId, secretAccessKey, ...token, service: "s3", region, retries: RETRIES });
    const host = endpoint?.replace(/\/+$/, "") ?? `https://s3.${region}.amazonaws.com`;
    this.base = [host, bucket, prefix].filter((part) => part !== "").join("/");
  }

  async open(key: string, most: number): ReturnType<MediaStore["open"]> {
    const response = await this.ask("GET", key);
    const { body, headers } = response;
    if (response.status === 404 || response.status === 403) throw new MediaRefused("missing");
    if (!response.ok || body === null) throw new Error(`the media store answers ${response.status}`);
    const size = Number(headers.get("content-length"));
    if (size > most) {
      await body.cancel();
      throw new MediaRefused("too_large");
    }
    const stream = Readable.fromWeb(body).compose(bounded(most)) as Readable;
    return { stream, size, type: headers.get("content-type") ?? UNKNOWN_TYPE };
  }

  /** By way of a file: S3 wants to know the size first, and nobody knows it before the last byte. */
  async put(company: string, stream: NodeJS.ReadableStream, type: string, most: number): ReturnType<MediaStore["put"]> {
    const key = newKey(company);
    return withFolder(async (folder) => {
      const path = join(folder, "object");
      const size = await pour(stream, path, most);
      const response = await this.ask("PUT", key, { body: await openAsBlob(path), headers: { "content-type": type } });
      await response.body?.cancel();
      if (!response.ok) throw new Error(`the media store answers ${response.status}`);
      return { key, size };
    });
  }

  private async ask(method: string, key: string, more: RequestInit = {}): Promise<Response> {
    const patience = new AbortController();
    const timer = setTimeout(() => { patience.abort(); }, ANSWER_MS);
    try {
      return await this.client.fetch(`${this.base}/${checkedKey(key)}`, { method, signal: patience.signal, ...more });
    } finally {
      clearTimeout(timer);
    }
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
