import { createServer as createHttpServer, type IncomingMessage } from "node:http";
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";

const NAME = "alfa";
const PASSWORD = "segredo";

/** A proxy on the loopback that wants a name and a password: HTTP CONNECT or SOCKS5. */
export class Proxy {
  /** `host:port` of each connection that was made through it. */
  readonly through: string[] = [];
  private readonly sockets = new Set<Socket>();

  private constructor(
    private readonly server: Server,
    private readonly scheme: string,
  ) {
    server.on("connection", (socket: Socket) => { this.hold(socket); });
  }

  static async start(kind: "http" | "socks5"): Promise<Proxy> {
    const server = kind === "http" ? createHttpServer() : createServer();
    const proxy = new Proxy(server, kind);
    if (kind === "http") {
      server.on("connect", ({ url, headers }: IncomingMessage, near: Socket) => { proxy.tunnel(near, url ?? "", headers["proxy-authorization"]); });
    } else server.on("connection", (near: Socket) => void proxy.negotiate(near).catch(() => near.destroy()));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return proxy;
  }

  get url(): string {
    return this.urlWith(PASSWORD);
  }

  urlWith(password: string): string {
    return `${this.scheme}://${NAME}:${password}@127.0.0.1:${String((this.server.address() as AddressInfo).port)}`;
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private tunnel(near: Socket, target: string, authorization: string | undefined): void {
    if (authorization !== `Basic ${Buffer.from(`${NAME}:${PASSWORD}`).toString("base64")}`) near.end("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n");
    else this.join(near, target, "HTTP/1.1 200 Connection established\r\n\r\n");
  }

  /** RFC 1928 and 1929, as much of them as its clients here say. */
  private async negotiate(near: Socket): Promise<void> {
    await read(near);
    near.write(Buffer.from([5, 2]));
    const told = await read(near);
    const at = 2 + (told[1] ?? 0);
    const isKnown = told.subarray(2, at).toString() === NAME && told.subarray(at + 1).toString() === PASSWORD;
    near.write(Buffer.from([1, isKnown ? 0 : 1]));
    const asked = isKnown ? await read(near) : undefined;
    if (asked === undefined) near.end();
    else this.join(near, targetOf(asked), Buffer.from([5, 0, 0, 1, 0, 0, 0, 0, 0, 0]));
  }

  private join(near: Socket, target: string, welcome: string | Buffer): void {
    const [host, port] = target.split(":");
    this.through.push(target);
    const far = connect(Number(port), host);
    this.hold(far);
    far.once("connect", () => {
      near.write(welcome);
      far.pipe(near).pipe(far);
    });
  }

  private hold(socket: Socket): void {
    this.sockets.add(socket);
    socket.on("error", () => undefined);
    socket.on("close", () => this.sockets.delete(socket));
  }
}

const read = (socket: Socket): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    socket.once("data", resolve);
    socket.once("close", reject);
  });

/** The address in a SOCKS5 request: an IPv4 or a name. */
function targetOf(asked: Buffer): string {
  const isName = asked[3] === 3;
  const host = isName ? asked.subarray(5, 5 + (asked[4] ?? 0)).toString() : asked.subarray(4, 8).join(".");
  return `${host}:${String(asked.readUInt16BE(asked.length - 2))}`;
}
