import { decodeBinaryNode, encodeBinaryNode, getBinaryNodeChild, S_WHATSAPP_NET, type BinaryNode } from "baileys";
import type { WebSocket } from "ws";
import type { FakeWhatsApp } from "./fake-whatsapp.js";
import type { LinkedDevice } from "./linked-device.js";
import type { Linking } from "./linking.js";
import type { PairCode } from "./pair-code.js";
import { logIn } from "./login.js";
import { element, Malformed, stamp } from "./nodes.js";
import { Noise } from "./noise.js";
import { receiveMessage } from "./outgoing.js";
import { answer } from "./queries.js";
import { receiveReceipt } from "./receipts.js";

/** One socket of a client. Its stanzas are dealt with one after the other, as they came. */
export class Connection {
  device: LinkedDevice | undefined;
  /** The client is ready for live traffic: what waited has gone to it. */
  isActive = false;
  /** Set while the client shows a QR: what a phone needs to link it. */
  linking: Linking | undefined;
  pairCode: PairCode | undefined;
  private readonly noise: Noise;
  private stage: "hello" | "finish" | "open" = "hello";
  private readonly replies = new Map<string, (reply: BinaryNode) => void>();
  private turn: Promise<void> = Promise.resolve();

  constructor(
    readonly fake: FakeWhatsApp,
    private readonly socket: WebSocket,
  ) {
    this.noise = new Noise(fake.root);
    socket.on("message", (data: Buffer) => {
      this.turn = this.turn.then(() => this.receive(data)).catch((error: unknown) => {
        // The client's fault or the fake's own: kept, for a test to ask for.
        fake.complaints.push(error instanceof Error ? error.message : String(error));
        this.close();
      });
    });
    socket.on("error", () => undefined);
  }

  get isOpen(): boolean {
    return this.socket.readyState === this.socket.OPEN;
  }

  send(node: BinaryNode): Promise<void> {
    if (this.isOpen) this.socket.send(this.noise.outgoing(encodeBinaryNode(node)));
    return Promise.resolve();
  }

  /** Sends an iq and waits for its result. */
  async ask(node: BinaryNode, id: string): Promise<BinaryNode> {
    const reply = new Promise<BinaryNode>((resolve, reject) => {
      this.replies.set(id, resolve);
      this.socket.once("close", () => {
        reject(new Error("the client hung up before it answered"));
      });
    });
    await this.send(node);
    return reply;
  }

  result(query: BinaryNode, content?: BinaryNode[]): Promise<void> {
    const attributes = { from: query.attrs["to"] ?? S_WHATSAPP_NET, id: query.attrs["id"], type: "result", t: stamp() };
    return this.send(element("iq", attributes, content));
  }

  refuse(query: BinaryNode, code: number, text: string): Promise<void> {
    const attributes = { from: query.attrs["to"] ?? S_WHATSAPP_NET, id: query.attrs["id"], type: "error" };
    return this.send(element("iq", attributes, [element("error", { code: String(code), text })]));
  }

  /** Ends the stream as WhatsApp does, with a code that Baileys turns into the reason of its close. */
  async streamError(code: number): Promise<void> {
    const conflict = { 440: "replaced", 401: "device_removed" }[code];
    const attributes = code === 440 ? {} : { code: String(code) };
    await this.send(element("stream:error", attributes, conflict ? [element("conflict", { type: conflict })] : undefined));
    this.close();
  }

  /** Says goodbye: what was sent before arrives. */
  close(): void {
    this.socket.close();
  }

  /** Cuts the line. */
  drop(): void {
    this.socket.terminate();
  }

  private async receive(data: Buffer): Promise<void> {
    for (const frame of this.noise.frames(data)) {
      if (this.stage === "hello") {
        this.stage = "finish";
        this.socket.send(this.noise.hello(frame));
      } else if (this.stage === "finish") {
        this.stage = "open";
        await logIn(this, this.noise.finish(frame));
      } else {
        await this.stanza(await decodeBinaryNode(this.noise.incoming(frame)));
      }
    }
  }

  private async stanza(node: BinaryNode): Promise<void> {
    this.fake.noteStanza(this, node);
    if (this.fake.faults.isMute(this.device?.number)) return;
    const { tag } = node;
    if (tag === "iq") {
      const waiting = this.replies.get(node.attrs["id"] ?? "");
      if (waiting && node.attrs["type"] === "result") waiting(node);
      else await answer(this, node);
    } else if (tag === "message") await receiveMessage(this, node);
    else if (tag === "receipt") await receiveReceipt(this, node);
    else if (tag === "ack") {
      this.device?.settle(node.attrs["class"] ?? "", [node.attrs["id"] ?? ""], node.attrs["type"]);
      this.fake.changed();
    } else if (tag === "ib" && getBinaryNodeChild(node, "offline_batch")) await this.device?.drain(this);
  }

  /** The device of a logged-in client. */
  loggedIn(): LinkedDevice {
    if (this.device === undefined) throw new Malformed("not logged in");
    return this.device;
  }
}
