import type { ClientRequest } from "node:http";
import { connect as dial, isIP, isIPv6, type LookupFunction, type Socket } from "node:net";
import { connect as dialTls } from "node:tls";
import { Agent, type AgentConnectOpts } from "agent-base";
import { within } from "./patience.js";

/** Bytes of what a proxy says before the way is open; the proxy is somebody's choice, not ours. */
const LONGEST_HEAD = 8_192;
const WITHIN_MS = 20_000;

export interface Dialing {
  lookup?: LookupFunction;
  /** PEM that the TLS of the proxy itself may rest upon. */
  ca?: string;
}

/**
 * By way of an HTTP or HTTPS proxy's CONNECT. The usual agent for it takes its ears off the socket too early: a proxy
 * that hangs up in its TLS handshake then ends the whole process, and one that never answers is waited for for ever.
 */
export class TunnelAgent extends Agent {
  private readonly proxy: URL;

  constructor(
    proxy: string,
    private readonly dialing: Dialing,
  ) {
    super();
    this.proxy = new URL(proxy);
  }

  override async connect(request: ClientRequest, options: AgentConnectOpts): Promise<Socket> {
    const host = options.host ?? "";
    const socket = this.dial();
    // For its whole life: of an error that nobody hears the process ends.
    socket.on("error", () => undefined);
    try {
      socket.write(this.head(`${isIPv6(host) ? `[${host}]` : host}:${options.port}`));
      const answer = await within(WITHIN_MS, () => headOf(socket));
      if (!/^HTTP\/1\.[01] 200\b/.test(answer)) throw new Error(`the proxy answers ${answer.slice(9, 12)}`);
    } catch (error) {
      socket.destroy();
      throw error;
    }
    if (options.secureEndpoint) return dialTls({ ...named(host), ...options, host: undefined, path: undefined, port: undefined, socket } as never);
    // Paused since the head was read; nobody else would know.
    request.once("socket", () => socket.resume());
    return socket;
  }

  private dial(): Socket {
    const { protocol, port } = this.proxy;
    const host = this.proxy.hostname.replace(/^\[|\]$/g, "");
    const isSecure = protocol === "https:";
    const place = { host, port: Number(port || (isSecure ? 443 : 80)), ...this.dialing };
    return isSecure ? dialTls({ ...place, ...named(host), ALPNProtocols: ["http/1.1"] }) : dial(place);
  }

  private head(target: string): string {
    const { username, password } = this.proxy;
    const lines = [`CONNECT ${target} HTTP/1.1`, `Host: ${target}`, "Proxy-Connection: close"];
    const account = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
    if (account !== ":") lines.push(`Proxy-Authorization: Basic ${Buffer.from(account).toString("base64")}`);
    return [...lines, "", ""].join("\r\n");
  }
}

/** TLS knows names, not addresses. */
function named(host: string): { servername?: string } {
  return isIP(host) === 0 ? { servername: host } : {};
}

/** What the proxy says, to the empty line; what comes behind it stays in the socket. */
function headOf(socket: Socket): Promise<string> {
  return new Promise((resolve, reject) => {
    let head = Buffer.alloc(0);
    const take = (part: Buffer): void => {
      head = Buffer.concat([head, part]);
      const end = head.indexOf("\r\n\r\n");
      if (end < 0 && head.length <= LONGEST_HEAD) return;
      socket.off("data", take).pause();
      if (end < 0) reject(new Error("the proxy does not come to an end"));
      if (end + 4 < head.length) socket.unshift(head.subarray(end + 4));
      resolve(head.subarray(0, end).toString("latin1"));
    };
    socket.on("data", take);
    socket.once("error", reject);
    socket.once("close", () => { reject(new Error("the proxy hung up")); });
  });
}
