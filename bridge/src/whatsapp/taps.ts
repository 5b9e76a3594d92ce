import type { BaileysEventMap, BinaryNode, WASocket } from "baileys";
import { passing } from "./passage.js";

/** Baileys' own listeners of what the inflow keeps first, by the stanza's tag. */
const HANDLERS: Record<string, string> = { message: "CB:message", receipt: "CB:receipt", ack: "CB:ack,class:message" };
const KEPT = new Set(Object.values(HANDLERS));

/**
 * Takes these stanzas out of the socket's own dispatch; whoever gets them feeds them back when they are committed.
 * Right after the socket is made, before its first event.
 */
export function tapStanzas(socket: WASocket, take: (node: BinaryNode) => void): (node: BinaryNode) => Promise<unknown> {
  const emitter = socket.ws as unknown as { emit: (event: string, ...given: unknown[]) => boolean; listeners(event: string): ((node: BinaryNode) => unknown)[] };
  const stock = emitter.emit.bind(emitter);
  emitter.emit = (event, ...given) => {
    if (!KEPT.has(event)) return stock(event, ...given);
    take(given[0] as BinaryNode);
    return true;
  };
  // Called, not emitted: what a handler promises is kept only when it is through. What waited offline would go into a
  // queue of Baileys' own, whose handlers promise nothing.
  return (node) => {
    const attrs = { ...node.attrs };
    delete attrs["offline"];
    return Promise.all(emitter.listeners(HANDLERS[node.tag] ?? "").map((handle) => handle({ ...node, attrs })));
  };
}

export interface Ears {
  connection(update: BaileysEventMap["connection.update"]): void;
  credentials(): void;
  contacts(contacts: BaileysEventMap["contacts.upsert"]): void;
  capping(notice: BaileysEventMap["message-capping.update"]): void;
  historyEnds(status: BaileysEventMap["messaging-history.status"]): void;
}

/** Nobody listens to these inside Baileys: they would fill its buffer, whose content is thrown away when a socket ends. */
const BUFFERED_ONLY = new Set<string>([
  "messages.upsert", "messages.update", "messages.reaction", "messages.delete", "message-receipt.update", "messaging-history.set",
  "contacts.upsert", "contacts.update", "chats.upsert", "chats.update", "chats.delete", "groups.update",
]);

/**
 * Hears Baileys' events where they are made, before its buffer holds them back, folds them together or loses them; what
 * is said inside a stanza's passage belongs to that stanza.
 */
export function tapEvents(socket: WASocket, ears: Ears): void {
  const emitter = socket.ev as unknown as { emit: (event: string, data: unknown) => boolean };
  const stock = emitter.emit.bind(emitter);
  emitter.emit = (event, data) => {
    if (BUFFERED_ONLY.has(event)) {
      buffered(event, data, ears);
      return true;
    }
    // Baileys first: it puts new credentials into its own copy.
    const result = stock(event, data);
    if (event === "connection.update") ears.connection(data as BaileysEventMap["connection.update"]);
    if (event === "creds.update") ears.credentials();
    if (event === "message-capping.update") ears.capping(data as BaileysEventMap["message-capping.update"]);
    if (event === "messaging-history.status") ears.historyEnds(data as BaileysEventMap["messaging-history.status"]);
    return result;
  };
}

function buffered(event: string, data: unknown, ears: Ears): void {
  const passage = passing();
  if (event === "messages.upsert") passage?.messages.push(...(data as BaileysEventMap["messages.upsert"]).messages);
  if (event === "messaging-history.set") passage?.histories.push(data as BaileysEventMap["messaging-history.set"]);
  if (event === "contacts.upsert") ears.contacts(data as BaileysEventMap["contacts.upsert"]);
}
