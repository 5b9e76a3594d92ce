import { createServer as createHttp, request as ask, type Server as HttpServer } from "node:http";
import { createServer as createHttps } from "node:https";
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { buffer } from "node:stream/consumers";
import { afterEach, beforeEach, expect, test } from "vitest";
import { agentFor } from "../../src/whatsapp/agents.js";
import { get } from "../../src/whatsapp/fetching.js";
import { FakeWhatsApp } from "../fake-whatsapp/fake-whatsapp.js";
import { selfSigned } from "../fake-whatsapp/self-signed.js";
import { ALFA, ANA, linked, PNG } from "./linked.js";

const tls = selfSigned();
const servers: Server[] = [];
const sockets = new Set<Socket>();
let target: string;
let asked: { to: string | undefined; account: string | undefined }[];

async function listening(server: Server): Promise<number> {
  server.on("connection", (socket) => sockets.add(socket));
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}

/** A proxy as it should be. */
function opening(server: HttpServer): HttpServer {
  return server.on("connect", (head, from) => {
    asked.push({ to: head.url, account: head.headers["proxy-authorization"] });
    const [host = "", port] = (head.url ?? "").split(":");
    const there = connect(Number(port), host, () => {
      from.write("HTTP/1.1 200 Connection established\r\n\r\n");
      there.pipe(from).pipe(there);
    });
    there.on("error", () => from.destroy());
    from.on("error", () => there.destroy());
  });
}

beforeEach(async () => {
  asked = [];
  target = `https://127.0.0.1:${await listening(createHttps({ key: tls.key, cert: tls.certificate }, (_, answer) => answer.end("olá")))}/`;
});

afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))));
});

const agentOf = (proxy: string) => agentFor(proxy, { certificate: tls.certificate, isFake: true });

test.each(["http", "https"])("what is fetched by way of an %s proxy comes whole, and the proxy is told who asks", async (scheme) => {
  const port = await listening(opening(scheme === "http" ? createHttp() : createHttps({ key: tls.key, cert: tls.certificate })));
  const { status, stream } = await get(target, agentOf(`${scheme}://ana:s%40nha@127.0.0.1:${port}`));
  expect([status, (await buffer(stream)).toString()]).toEqual([200, "olá"]);
  expect(asked).toEqual([{ to: new URL(target).host, account: `Basic ${Buffer.from("ana:s@nha").toString("base64")}` }]);
});

/** Why it failed; an error that nobody hears would fail the whole run. */
const failing = (proxy: string): Promise<Error> => get(target, agentOf(proxy)).then(() => new Error("it came"), (error: unknown) => error as Error);

test.each(["http", "https"])("an %s proxy that hangs up at once ends its request, and nothing else", async (scheme) => {
  const port = await listening(createServer((socket) => socket.destroy()));
  expect((await failing(`${scheme}://127.0.0.1:${port}`)).message).toMatch(/hung up|disconnected|ECONNRESET/);
});

test("a proxy that refuses says so", async () => {
  const port = await listening(createServer((socket) => socket.end("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n")));
  expect((await failing(`http://127.0.0.1:${port}`)).message).toBe("the proxy answers 407");
});

test("a proxy that talks without end is cut off", async () => {
  const port = await listening(createServer((socket) => socket.on("error", () => undefined).write("x".repeat(1_000_000))));
  expect((await failing(`http://127.0.0.1:${port}`)).message).toContain("come to an end");
});

test("a request without TLS of its own goes by way of the proxy too", async () => {
  const server = createHttp((_, answer) => answer.end("oi"));
  const plain = await listening(server);
  const port = await listening(opening(createHttp()));
  const agent = agentOf(`http://127.0.0.1:${port}`);
  const said = await new Promise<string>((resolve, reject) => {
    ask(`http://127.0.0.1:${plain}/`, { agent: agent }, (answer) => void buffer(answer).then((body) => { resolve(body.toString()); }, reject)).on("error", reject).end();
  });
  expect(said).toBe("oi");
  expect(asked).toHaveLength(1);
});

test("a session and its files go by way of its proxy", async () => {
  const port = await listening(opening(createHttp()));
  const fake = await FakeWhatsApp.start();
  const one = await linked(fake, ALFA, { proxy: `http://127.0.0.1:${port}` });
  const id = await fake.inbound(ALFA, ANA, { media: { kind: "image", base64: PNG.toString("base64"), type: "image/png" } });
  expect(one.media.files.has((await one.inbound(id)).media?.key ?? "")).toBe(true);
  expect(new Set(asked.map(({ to }) => to))).toEqual(new Set([new URL(fake.url).host, fake.mediaHost().host]));
  await one.session.stop();
  await fake.stop();
});
