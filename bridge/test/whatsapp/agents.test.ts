import { request } from "node:https";
import { createServer, type AddressInfo, type Server } from "node:net";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, test } from "vitest";
import { agentFor } from "../../src/whatsapp/agents.js";
import { isPublic, publicLookup } from "../../src/whatsapp/public.js";

/** Takes what comes and hangs up. */
let proxy: Server;
let port: number;
let dialled: number;

beforeEach(async () => {
  dialled = 0;
  proxy = createServer((socket) => {
    dialled += 1;
    socket.destroy();
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  ({ port } = proxy.address() as AddressInfo);
});

afterEach(() => promisify(proxy.close.bind(proxy))());

/** Why a request by way of this proxy failed, which here all do. */
function tried(url: string, isFake: boolean): Promise<Error> {
  const agent = agentFor(url, { certificate: undefined, isFake });
  return new Promise((resolve) => {
    // Without a name, which a sandbox cannot resolve.
    request("https://192.0.2.1/", agent === undefined ? {} : { agent }).on("error", resolve).end();
  });
}

/** `localhost` is what a rebound name is: a name like any other, whose address is now our own. */
test.each(["http", "https", "socks5"])("an %s proxy whose name leads to our own network is never dialled", async (scheme) => {
  await tried(`${scheme}://localhost:${port}`, true);
  expect(dialled).toBe(1);
  const refused = await tried(`${scheme}://localhost:${port}`, false);
  expect(refused.message).toContain("not public");
  expect(dialled).toBe(1);
});

test.each(["http", "https", "socks5"])("an %s proxy given by an address of our own network is never dialled", async (scheme) => {
  for (const host of ["127.0.0.1", "[::1]", "[::ffff:127.0.0.1]"]) {
    const refused = await tried(`${scheme}://${host}:${port}`, false);
    expect(refused.message, host).toContain("not public");
  }
  expect(dialled).toBe(0);
  await tried(`${scheme}://127.0.0.1:${port}`, true);
  expect(dialled).toBe(1);
});

test.each([
  "127.0.0.1", "0.0.0.0", "10.1.2.3", "172.31.0.1", "192.168.0.1", "169.254.169.254", "100.64.0.1", "192.0.0.8", "198.18.0.1", "224.0.0.1", "255.255.255.255",
  "::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "fd12::1", "ff02::1", "::ffff:10.0.0.1", "::ffff:7f00:1", "64:ff9b::a00:1", "2002:7f00:1::", "2001:db8::1", "localhost", "",
])("%s is not public", (address) => {
  expect(isPublic(address)).toBe(false);
});

test.each(["8.8.8.8", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "::ffff:8.8.8.8"])("%s is public", (address) => {
  expect(isPublic(address)).toBe(true);
});

test("a name that does not exist is an error of its own, in either form of asking", async () => {
  for (const all of [true, false]) {
    const failed = await new Promise<Error | null>((resolve) => { publicLookup("no-such-name.invalid", { all }, resolve); });
    expect(failed?.message).toMatch(/ENOTFOUND|EAI_AGAIN/);
  }
});
