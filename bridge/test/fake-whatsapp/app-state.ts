import { chatModificationToAppPatch, encodeSyncdPatch, getBinaryNodeChildren, newLTHashState, proto, type BinaryNode, type LTHashState } from "baileys";
import { randomBytes } from "node:crypto";
import { lidJid, phoneJid } from "./jids.js";
import { attribute, element, nowSeconds, onlyChild } from "./nodes.js";

interface Collection {
  state: LTHashState;
  patches: Buffer[];
}

/** The synced settings of an account: only its address book is of interest here. */
export interface AppState {
  keyId: Buffer;
  keyData: proto.Message.IAppStateSyncKeyData;
  collections: Record<string, Collection>;
}

export function newAppState(): AppState {
  const fingerprint = { rawId: 1, currentIndex: 1, deviceIndexes: [0, 1] };
  return { keyId: randomBytes(6), keyData: { keyData: randomBytes(32), fingerprint, timestamp: nowSeconds() }, collections: {} };
}

/** The phone saves a contact: a patch that its companions fetch. Returns the collection that has news. */
export async function saveContact(appState: AppState, number: string, name: string): Promise<string> {
  const contact = { fullName: name, firstName: name.split(" ")[0] ?? name, saveOnPrimaryAddressbook: true, lidJid: lidJid(number) };
  const change = chatModificationToAppPatch({ contact }, phoneJid(number));
  const collection = (appState.collections[change.type] ??= { state: newLTHashState(), patches: [] });
  const keyId = appState.keyId.toString("base64");
  const { patch, state } = await encodeSyncdPatch(change, keyId, collection.state, () => Promise.resolve(appState.keyData));
  collection.state = state;
  const versioned = { ...patch, version: { version: state.version } };
  collection.patches.push(Buffer.from(proto.SyncdPatch.encode(versioned).finish()));
  return change.type;
}

/** The answer to a client that asks what is new in its collections. */
export function patchesSince(appState: AppState, query: BinaryNode): BinaryNode {
  const asked = getBinaryNodeChildren(onlyChild(query, "sync"), "collection");
  const answers = asked.map((collection) => {
    const name = attribute(collection, "name");
    const patches = appState.collections[name]?.patches ?? [];
    const news = patches.slice(Number(collection.attrs["version"] ?? 0));
    const content = news.length === 0 ? undefined : [element("patches", {}, news.map((patch) => element("patch", {}, patch)))];
    return element("collection", { name, type: "result", version: String(patches.length) }, content);
  });
  return element("sync", {}, answers);
}
