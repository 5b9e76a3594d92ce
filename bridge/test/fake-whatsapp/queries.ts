import type { BinaryNode } from "baileys";
import { patchesSince } from "./app-state.js";
import type { Connection } from "./connection.js";
import { firstUse } from "./history.js";
import { element, firstChild } from "./nodes.js";
import { answerPairCode } from "./pair-code.js";
import { answerKeys } from "./pre-keys.js";
import { answerPeople } from "./people.js";

type Answer = (connection: Connection, query: BinaryNode) => Promise<void>;

/** By the query's namespace; what is not here is answered with an empty result. */
const answers: Record<string, Answer> = {
  encrypt: answerKeys,
  usync: answerPeople,
  passive: becomeActive,
  md: linkOrUnlink,
  "w:m": mediaConnection,
  "w:mex": restrictions,
  "w:sync:app:state": async (connection, query) => {
    const { appState } = connection.fake.phone(connection.loggedIn().number);
    await connection.result(query, [patchesSince(appState, query)]);
  },
  abt: (connection, query) => connection.result(query, [element("props", { hash: "h" }, [])]),
  blocklist: (connection, query) => connection.result(query, [element("list", {}, [])]),
  privacy: (connection, query) => connection.result(query, [element("privacy", {}, [element("category", { name: "readreceipts", value: "all" })])]),
  "w:g2": (connection, query) => connection.result(query, [element("groups", {}, [])]),
};

export async function answer(connection: Connection, query: BinaryNode): Promise<void> {
  const namespace = query.attrs["xmlns"] ?? "";
  if (connection.fake.faults.isSilentAbout(namespace)) return;
  await (answers[namespace] ?? ((to: Connection) => to.result(query)))(connection, query);
}

async function becomeActive(connection: Connection, query: BinaryNode): Promise<void> {
  await connection.result(query);
  if (firstChild(query)?.tag !== "active") return;
  const device = connection.loggedIn();
  await device.announceQueue(connection);
  if (!device.isNew) return;
  device.isNew = false;
  if (connection.fake.options.history !== false) await firstUse(connection.fake, device);
}

async function linkOrUnlink(connection: Connection, query: BinaryNode): Promise<void> {
  const step = firstChild(query);
  if (step?.tag === "link_code_companion_reg") {
    await answerPairCode(connection, query, step);
    return;
  }
  await connection.result(query);
  if (step?.tag !== "remove-companion-device") return;
  const device = connection.loggedIn();
  connection.fake.phone(device.number).devices.delete(device.id);
  connection.fake.changed();
}

/** The media host is the fake's own; without one, an address where nothing listens. */
async function mediaConnection(connection: Connection, query: BinaryNode): Promise<void> {
  const hostname = connection.fake.media?.host ?? "127.0.0.1:9";
  const content = [element("host", { hostname, maxContentLengthBytes: "104857600" })];
  await connection.result(query, [element("media_conn", { auth: "fake-auth", ttl: "3600", auth_ttl: "21600", max_buckets: "12" }, content)]);
}

/** What WhatsApp says of an account's reach-out lock and of its capping, when a client asks. */
async function restrictions(connection: Connection, query: BinaryNode): Promise<void> {
  const told = connection.fake.restrictionsOf(connection.device?.number);
  const data = { xwa2_fetch_account_reachout_timelock: told.lock, xwa2_message_capping_info: told.capping };
  await connection.result(query, [element("result", {}, Buffer.from(JSON.stringify({ data })))]);
}
