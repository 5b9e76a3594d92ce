import { getAllBinaryNodeChildren, getBinaryNodeChild, getBinaryNodeChildBuffer, type BinaryNode } from "baileys";

/** A stanza that real WhatsApp would not have accepted: the connection ends. */
export class Malformed extends Error {}

/** A node whose undefined attributes are left out, as they are on the wire. */
export function element(
  tag: string,
  attributes: Record<string, string | undefined> = {},
  content?: BinaryNode["content"],
): BinaryNode {
  const attrs: Record<string, string> = {};
  for (const [name, value] of Object.entries(attributes)) if (value !== undefined) attrs[name] = value;
  return content === undefined ? { tag, attrs } : { tag, attrs, content };
}

export function attribute(node: BinaryNode, name: string): string {
  const value = node.attrs[name];
  if (value === undefined) throw new Malformed(`${node.tag} has no ${name}`);
  return value;
}

export function onlyChild(node: BinaryNode, tag: string): BinaryNode {
  const found = getBinaryNodeChild(node, tag);
  if (found === undefined) throw new Malformed(`${node.tag} has no ${tag}`);
  return found;
}

export const firstChild = (node: BinaryNode): BinaryNode | undefined => getAllBinaryNodeChildren(node)[0];

export function bytesOf(node: BinaryNode, tag: string): Buffer {
  const found = getBinaryNodeChildBuffer(node, tag);
  if (found === undefined) throw new Malformed(`${node.tag} has no bytes in ${tag}`);
  return Buffer.from(found);
}

export const bigEndian = (bytes: Uint8Array): number => bytes.reduce((sum, byte) => sum * 256 + byte, 0);

export const nowSeconds = (): number => Math.floor(Date.now() / 1000);

/** The `t` of a stanza. */
export const stamp = (): string => String(nowSeconds());
