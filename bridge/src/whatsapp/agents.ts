import type { ClientRequest } from "node:http";
import { Agent } from "node:https";
import type { Socket } from "node:net";
import { HttpsProxyAgent } from "https-proxy-agent";
import { SocksProxyAgent } from "socks-proxy-agent";

/** A proxy that does not let us through by then never will; SocksProxyAgent's own is half a minute too. */
const PROXY_MS = 20_000;

/** As stock, which waits for a silent proxy for ever. */
class ImpatientProxyAgent extends HttpsProxyAgent<string> {
  override async connect(request: ClientRequest, given: Parameters<HttpsProxyAgent<string>["connect"]>[1]): Promise<Socket> {
    const waits = new AbortController();
    const timer = setTimeout(() => { waits.abort(); }, PROXY_MS);
    // Read before the first await of the stock one: two connections at once do not meet in it.
    Object.assign(this.connectOpts, { signal: waits.signal });
    try {
      return await super.connect(request, given);
    } finally {
      clearTimeout(timer);
    }
  }
}

/** The way out: a proxy, a certificate of our own to trust, both or neither. For the socket and for media alike. */
export function agentFor(proxy: string | null, certificate: string | undefined): Agent | undefined {
  if (proxy === null) return certificate === undefined ? undefined : new Agent({ ca: certificate });
  // Agents by behaviour; their types descend from `http.Agent`.
  const agent = (proxy.startsWith("socks") ? new SocksProxyAgent(proxy) : new ImpatientProxyAgent(proxy)) as unknown as Agent;
  // Node adds an agent's options to each request's, and the TLS behind the proxy is made of those.
  if (certificate !== undefined) Object.assign(agent.options, { ca: certificate });
  return agent;
}
