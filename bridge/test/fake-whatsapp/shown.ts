import type { proto } from "baileys";
import type { Described } from "./contents.js";

/** A message as the phone of an account shows it: from its companion, from a contact, or typed on it. */
export interface Shown extends Described {
  id: string;
  account: string;
  /** The other person's number, whichever JID was used. */
  with: string;
  /** The JID as it was written. */
  to: string;
  direction: "out" | "in" | "typed";
  /** Milliseconds since 1970. */
  at: number;
  status: "sent" | "delivered" | "read" | "played";
  /** How often the client wrote it; above 1 WhatsApp showed it once all the same. */
  writes: number;
  /** How often it was written again because a phone had asked for it. */
  retries: number;
  /** JIDs whose phone could not read it, at the last try. */
  undecryptable: string[];
  devices: string[];
  awaitsRetry: boolean;
  message: proto.IMessage | undefined;
}

/** One message stanza of a client, whatever became of it: the count that dedup cannot hide anything from. */
export interface Write {
  at: number;
  account: string;
  id: string;
  to: string;
  outcome: "accepted" | "again" | "retry" | "refused" | "no_ack" | "dropped";
  error: string | null;
}

const RANKS = ["sent", "delivered", "read", "played"] as const;

/** All chats of all accounts, in the order things happened. */
export class Chats {
  readonly all: Shown[] = [];
  private readonly byId = new Map<string, Shown>();

  add(shown: Shown): Shown {
    this.all.push(shown);
    this.byId.set(keyOf(shown), shown);
    return shown;
  }

  find(direction: Shown["direction"], account: string, id: string): Shown | undefined {
    return this.byId.get(keyOf({ direction, account, id }));
  }

  /** Either person's message of an account's chats. */
  named(account: string, id: string): Shown | undefined {
    return this.find("out", account, id) ?? this.find("in", account, id) ?? this.find("typed", account, id);
  }

  /** Ranks only rise, as a phone shows them. */
  raise(shown: Shown | undefined, status: Shown["status"]): void {
    if (shown && RANKS.indexOf(status) > RANKS.indexOf(shown.status)) shown.status = status;
  }
}

export type PlainlyShown = Omit<Shown, "message"> & { message: undefined };

/** Without the proto: what goes into JSON. */
export function plainly(shown: Shown): PlainlyShown {
  return { ...shown, message: undefined };
}

const keyOf = ({ direction, account, id }: Pick<Shown, "direction" | "account" | "id">): string => `${direction}|${account}|${id}`;
