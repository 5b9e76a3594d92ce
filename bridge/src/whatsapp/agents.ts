import { Agent } from "node:https";
import { HttpsProxyAgent } from "https-proxy-agent";
import { SocksProxyAgent } from "socks-proxy-agent";

/** The way out: a proxy, a certificate of our own to trust, both or neither. For the socket and for media alike. */
export function agentFor(proxy: string | null, certificate: string | undefined): Agent | undefined {
  if (proxy === null) return certificate === undefined ? undefined : new Agent({ ca: certificate });
  // Agents by behaviour; their types descend from `http.Agent`.
  const agent = (proxy.startsWith("socks") ? new SocksProxyAgent(proxy) : new HttpsProxyAgent(proxy)) as unknown as Agent;
  // Node adds an agent's options to each request's, and the TLS behind the proxy is made of those.
  if (certificate !== undefined) Object.assign(agent.options, { ca: certificate });
  return agent;
}
