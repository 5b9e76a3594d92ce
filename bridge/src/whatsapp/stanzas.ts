import { createHash } from "node:crypto";
import { decodeBinaryNode, encodeBinaryNode, type BinaryNode } from "baileys";
import type { Stanza } from "../store/ports.js";

/** The parts of a stanza that WhatsApp repeats when it sends it again; `t` and `offline` are not among them. */
const LASTING = ["id", "from", "participant", "recipient", "type", "class", "error"];

/**
 * A stanza for the journal. Its content is part of the key: a person's phone that encrypts a message anew, because we
 * asked it to, sends the same id, and that one must be kept too.
 */
export function journaled(node: BinaryNode): Stanza {
  const lasting = LASTING.map((name) => node.attrs[name] ?? "");
  const hash = createHash("sha256").update(JSON.stringify([node.tag, ...lasting]));
  if (node.content !== undefined) hash.update(encodeBinaryNode({ tag: "x", attrs: {}, content: node.content }));
  return { key: hash.digest("hex"), body: encodeBinaryNode(node) };
}

export function readStanza(stanza: Stanza): Promise<BinaryNode> {
  return decodeBinaryNode(Buffer.from(stanza.body));
}
