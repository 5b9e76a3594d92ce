import { Agent } from "node:https";
import { isIP } from "node:net";
import { SocksProxyAgent } from "socks-proxy-agent";
import { isPublic, NotPublic, publicLookup } from "./public.js";
import { TunnelAgent, type Dialing } from "./tunnel.js";

interface Ground {
  /** PEM of our own to trust. */
  certificate: string | undefined;
  /** A fake WhatsApp and its proxies stand on our own loopback; a real one's proxy never does. */
  isFake: boolean;
}

/** The way out: a proxy, a certificate of our own to trust, both or neither. For the socket and for media alike. */
export function agentFor(proxy: string | null, { certificate, isFake }: Ground): Agent | undefined {
  const trust = certificate === undefined ? {} : { ca: certificate };
  if (proxy === null) return certificate === undefined ? undefined : new Agent(trust);
  const dialing: Dialing = isFake ? trust : { lookup: publicLookup };
  const made = proxy.startsWith("socks") ? new SocksProxyAgent(proxy, { socketOptions: dialing }) : new TunnelAgent(proxy, dialing);
  // An address is never looked up. Refused as it dials, so that the session says of its proxy what it says of a deaf one.
  if (!isFake && isClosed(proxy)) made.connect = () => Promise.reject(new NotPublic());
  // Agents by behaviour; their types descend from `http.Agent`.
  const agent = made as unknown as Agent;
  // Node adds an agent's options to each request's, and the TLS behind the proxy is made of those.
  Object.assign(agent.options, trust);
  return agent;
}

function isClosed(proxy: string): boolean {
  const host = new URL(proxy).hostname.replace(/^\[|\]$/g, "");
  return isIP(host) !== 0 && !isPublic(host);
}
