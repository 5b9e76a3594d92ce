import { lookup as resolve } from "node:dns";
import { BlockList, isIP, isIPv4, type LookupFunction } from "node:net";

/** IPv4 that leads nowhere public: this host, private, shared, link-local, documentation, benchmarks, multicast, reserved. */
const CLOSED_V4: [string, number][] = [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 3],
];
/** Of IPv6 only 2000::/3 is public; in it documentation and what carries an IPv4 in its middle (Teredo, 6to4) are not. */
const OPEN_V6: [string, number] = ["2000::", 3];
const CLOSED_V6: [string, number][] = [
  ["2001::", 23],
  ["2001:db8::", 32],
  ["2002::", 16],
  ["3fff::", 20],
];

const closed = new BlockList();
const open = new BlockList();
for (const [net, bits] of CLOSED_V4) closed.addSubnet(net, bits, "ipv4");
for (const [net, bits] of CLOSED_V6) closed.addSubnet(net, bits, "ipv6");
open.addSubnet(...OPEN_V6, "ipv6");
open.addSubnet("0.0.0.0", 0, "ipv4");

/** Whether an address is one of the internet's; of an IPv4 inside an IPv6 (`::ffff:…`) the IPv4 counts. */
export function isPublic(address: string): boolean {
  if (isIP(address) === 0) return false;
  const family = isIPv4(address) ? "ipv4" : "ipv6";
  return open.check(address, family) && !closed.check(address, family);
}

/** It leads into our own network, or may. */
export class NotPublic extends Error {
  constructor() {
    super("the proxy's name leads to an address that is not public");
  }
}

/**
 * Resolves as the socket's own would, at the moment it dials. What the app saw when it tried the name may have changed
 * since (DNS rebinding), and one address among several that is not public is enough to refuse them all.
 */
export const publicLookup: LookupFunction = (name, options, done) => {
  resolve(name, { ...options, all: true }, (error, found) => {
    const [first] = found as typeof found | undefined ?? [];
    if (error !== null) done(error, "");
    else if (first === undefined || !found.every(({ address }) => isPublic(address))) done(new NotPublic(), "");
    else if (options.all === true) done(null, found);
    else done(null, first.address, first.family);
  });
};
