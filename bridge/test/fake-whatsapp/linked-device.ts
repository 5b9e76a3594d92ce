import type { BinaryNode } from "baileys";
import type { Connection } from "./connection.js";
import { element } from "./nodes.js";
import type { Address, Bundle } from "./signal-endpoint.js";

/** A companion of a phone: the client under test. What is for it waits here until it says it has it. */
export class LinkedDevice implements Address, Bundle {
  preKeys = new Map<number, Buffer>();
  /** Not yet acknowledged, oldest first: sent again on the next login. */
  queue: BinaryNode[] = [];
  isNew = true;
  logins = 0;
  /** Logins that found the device's earlier socket still open: 0 says that there were never two. */
  replaced = 0;
  connection: Connection | undefined;

  constructor(
    readonly number: string,
    readonly id: number,
    readonly noiseKey: Buffer,
    readonly identity: Buffer,
    readonly registrationId: number,
    public signedPreKey: Bundle["signedPreKey"],
  ) {}

  async deliver(node: BinaryNode): Promise<void> {
    this.queue.push(node);
    if (this.connection?.isActive) await this.connection.send(node);
  }

  /** The client has it: a receipt of a message, or the ack of anything. */
  settle(tag: string, ids: string[], type?: string): void {
    const isSettled = ({ tag: waiting, attrs }: BinaryNode): boolean =>
      waiting === tag && ids.includes(attrs["id"] ?? "") && (tag === "message" || attrs["type"] === type);
    this.queue = this.queue.filter((node) => !isSettled(node));
  }

  /** What waited, announced first; live traffic follows it, never overtakes it. */
  async announceQueue(connection: Connection): Promise<void> {
    const count = String(this.queue.length);
    if (this.queue.length === 0) {
      await this.drain(connection);
      return;
    }
    const preview = { count, message: this.countOf("message"), receipt: this.countOf("receipt"), notification: this.countOf("notification"), appdata: "0" };
    await connection.send(element("ib", {}, [element("offline_preview", preview)]));
  }

  async drain(connection: Connection): Promise<void> {
    if (connection.isActive) return;
    connection.isActive = true;
    const waiting = [...this.queue];
    // All at once: a live stanza between two of them would overtake the later one.
    await Promise.all(waiting.map((node) => connection.send({ ...node, attrs: { ...node.attrs, offline: "1" } })));
    await connection.send(element("ib", {}, [element("offline", { count: String(waiting.length) })]));
  }

  private countOf(tag: string): string {
    return String(this.queue.filter((node) => node.tag === tag).length);
  }
}
