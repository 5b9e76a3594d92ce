import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { afterEach, beforeEach, expect, test } from "vitest";
import { S3Store } from "../../src/bridge/media_s3.js";
import { MediaRefused } from "../../src/whatsapp/ports.js";

const MOST = 1_000;
let server: Server;
let answer: (response: ServerResponse) => void;
let store: S3Store;
/** Gives up at once; the other's patience is longer than the client's own tries take. */
let impatient: S3Store;
let requests: string[];

beforeEach(async () => {
  requests = [];
  server = createServer((request, response) => {
    requests.push(request.method ?? "");
    request.resume();
    answer(response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const settings = { bucket: "media", prefix: "", endpoint, region: "us-east-1", accessKeyId: "id", secretAccessKey: "secret", sessionToken: undefined };
  store = new S3Store(settings);
  impatient = new S3Store(settings, { answer: 100, silence: 100, write: 100 });
});

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

test("an object is read as it is stored", async () => {
  answer = (response) => response.end("olá");
  expect((await buffer((await store.open("alfa/k", MOST)).stream)).toString()).toBe("olá");
});

test("a store that never answers, read or written, is given up", async () => {
  answer = () => undefined;
  await expect(impatient.open("alfa/k", MOST)).rejects.toThrow("not done");
  await expect(impatient.put("alfa", Readable.from(["x"]), "text/plain", MOST)).rejects.toThrow("not done");
  expect(requests).toEqual(["GET", "PUT"]);
});

test("an object that stops in the middle fails whoever reads it", async () => {
  answer = (response) => {
    response.writeHead(200, { "content-length": "10" });
    response.write("olá");
  };
  const { stream } = await impatient.open("alfa/k", MOST);
  await expect(buffer(stream)).rejects.toThrow("nothing came");
});

test("what is too large or not there is refused for good, what fails in passing is not", async () => {
  answer = (response) => response.end("x".repeat(MOST + 1));
  await expect(store.open("alfa/k", MOST)).rejects.toEqual(new MediaRefused("too_large"));
  answer = (response) => response.writeHead(404).end();
  await expect(store.open("alfa/k", MOST)).rejects.toEqual(new MediaRefused("missing"));
  answer = (response) => response.writeHead(503).end();
  await expect(store.open("alfa/k", MOST)).rejects.toThrow("503");
});
