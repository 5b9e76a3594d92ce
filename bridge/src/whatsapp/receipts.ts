import { areJidsSameUser, getBinaryNodeChildren, type BinaryNode } from "baileys";
import { isPassedOver } from "./jids.js";

export interface Seen {
  waId: string;
  rank: "delivered" | "read" | "played";
  at: Date;
}

const RANKS = new Map<string, Seen["rank"]>([
  ["", "delivered"],
  ["read", "read"],
  ["played", "played"],
]);

/**
 * What a receipt says of our messages: by id, for a receipt may come from the LID of whom we wrote to by phone.
 * Nothing for groups, for our own devices and for what phones ask of one another (retry, history, peers).
 */
export function readReceipt({ attrs, content }: BinaryNode, me: { id?: string; lid?: string | undefined }): Seen[] {
  const rank = RANKS.get(attrs["type"] ?? "");
  const from = attrs["from"] ?? "";
  if (rank === undefined || isPassedOver(from)) return [];
  if (areJidsSameUser(from, me.id) || areJidsSameUser(from, me.lid)) return [];
  const items = Array.isArray(content) ? content.flatMap((list) => getBinaryNodeChildren(list, "item")) : [];
  const ids = [attrs["id"], ...items.map((item) => item.attrs["id"])].filter((id) => id !== undefined);
  const at = new Date(Number(attrs["t"] ?? 0) * 1000 || Date.now());
  return [...new Set(ids)].map((waId) => ({ waId, rank, at }));
}
