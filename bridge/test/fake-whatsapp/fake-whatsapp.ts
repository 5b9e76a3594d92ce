import type { BinaryNode } from "baileys";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { WebSocketServer } from "ws";
import { Admin } from "./admin.js";
import { call } from "./calls.js";
import { openMediaCertificate, openRootKey, type RootKey } from "./certificates.js";
import { Connection } from "./connection.js";
import type { Written } from "./contents.js";
import { Faults } from "./faults.js";
import { type, write, type Inbound, type Parcel } from "./incoming.js";
import { scan, type Linked, type ScanOptions } from "./linking.js";
import { MediaHost } from "./media-host.js";
import { firstChild } from "./nodes.js";
import { enterCode } from "./pair-code.js";
import { Directory } from "./people.js";
import { Phone } from "./phone.js";
import type { ClientReceipt, Receipt } from "./receipts.js";
import { sendReceipt } from "./receipts.js";
import { askAgain } from "./recipient.js";
import type { Restrictions } from "./restrictions.js";
import { Chats, type Shown, type Write } from "./shown.js";
import { StateFile } from "./state-file.js";

export interface FakeOptions {
  port?: number;
  mediaPort?: number;
  /** Where the root key and the certificate are kept; else both are new. */
  folder?: string;
  /** A file that lets accounts, devices and chats outlive the process. */
  state?: string;
  /** How many QRs a client is given; 6. */
  refs?: number;
  /** Hand keys, address book and chats to a new device; true. */
  history?: boolean;
  restartAfterPairing?: boolean;
  /** False: phones open nothing, for benchmarks; no content is then known. */
  decrypt?: boolean;
}

/** Parcels that are kept for retries, stanzas that are kept to look at. */
const MOST_PARCELS = 10_000;
const MOST_STANZAS = 5_000;

/** WhatsApp as its clients see it, on the loopback. Its verbs are what people and phones do; its lists are what it saw. */
export class FakeWhatsApp {
  readonly phones = new Map<string, Phone>();
  readonly directory = new Directory();
  readonly faults = new Faults();
  readonly chats = new Chats();
  readonly connections = new Set<Connection>();
  readonly restricted = new Map<string, Restrictions>();
  readonly writes: Write[] = [];
  readonly receipts: ClientReceipt[] = [];
  readonly retries: (ClientReceipt & { count: number })[] = [];
  readonly presences: { at: number; account: string; state: string; to: string | null }[] = [];
  /** What went wrong on a connection or in reading a message: words, never content. */
  readonly complaints: string[] = [];
  readonly parcels = new Map<string, Parcel>();
  stanzas: { account: string | undefined; node: BinaryNode }[] = [];
  media: MediaHost | undefined;
  url = "";
  admin = "";
  private readonly waiters = new Set<() => void>();
  private readonly timers = new Set<NodeJS.Timeout>();

  private constructor(
    readonly options: FakeOptions,
    readonly root: RootKey,
    private readonly folder: string,
    readonly certificate: { path: string; certificate: string; key: string },
    private readonly server: Server,
    private readonly stateFile: StateFile | undefined,
  ) {}

  static async start(options: FakeOptions = {}): Promise<FakeWhatsApp> {
    const folder = options.folder ?? mkdtempSync(join(tmpdir(), "fake-whatsapp-"));
    const stateFile = options.state === undefined ? undefined : new StateFile(options.state);
    const fake = new FakeWhatsApp(options, openRootKey(folder), folder, openMediaCertificate(folder), createServer(), stateFile);
    stateFile?.restore(fake);
    const blobs = options.state === undefined ? undefined : `${options.state}.media`;
    fake.media = await MediaHost.start(fake.certificate, options.mediaPort ?? 0, blobs);
    await fake.listen();
    return fake;
  }

  /** 32 bytes: what a client has to take for WhatsApp's own. */
  get rootKey(): Buffer {
    return Buffer.from(this.root.public);
  }

  get messages(): Shown[] {
    return this.chats.all;
  }

  /** The phone of this number; it comes into being when it is first named. */
  phone(number: string): Phone {
    let phone = this.phones.get(number);
    if (!phone) this.phones.set(number, (phone = new Phone(number)));
    return phone;
  }

  account(number: string): Phone {
    const phone = this.phone(number);
    phone.isAccount = true;
    return phone;
  }

  scan(qr: string, number: string, options: ScanOptions = {}): Promise<Linked | undefined> {
    return scan(this, qr, number, options);
  }

  enterCode(code: string, number: string): Promise<Linked> {
    return enterCode(this, code, number);
  }

  /** A contact writes; returns the message's id. */
  inbound(account: string, from: string, content: Written, options: Omit<Inbound, "account" | "from" | "content"> = {}): Promise<string> {
    return write(this, { account, from, content, ...options });
  }

  /** The owner types on the phone; returns the message's id. */
  typed(account: string, to: string, content: Written, id?: string): Promise<string> {
    return type(this, account, to, content, id);
  }

  /** A contact calls and gives up; returns the call's id. */
  call(account: string, from: string): Promise<string> {
    return call(this, account, from);
  }

  receipt(receipt: Receipt): Promise<void> {
    return sendReceipt(this, receipt);
  }

  /** A contact's phone asks the client for a message again. */
  askAgain(account: string, id: string): Promise<void> {
    return askAgain(this, account, id);
  }

  /** The owner removes the companion on the phone. */
  async unlink(number: string): Promise<void> {
    const phone = this.phone(number);
    const devices = [...phone.devices.values()];
    phone.devices.clear();
    for (const device of devices) await device.connection?.streamError(401);
    this.changed();
  }

  /** Open sockets: of an account's devices, or all, with those that show a QR. */
  sockets(account?: string): Connection[] {
    return [...this.connections].filter((connection) => connection.isOpen && (account === undefined || connection.device?.number === account));
  }

  restrictionsOf(account: string | undefined): Restrictions {
    return this.restricted.get(account ?? "") ?? { lock: { is_active: false } };
  }

  mediaHost(): MediaHost {
    if (!this.media) throw new Error("the media host is not up");
    return this.media;
  }

  keepParcel(id: string, parcel: Parcel): void {
    this.parcels.set(id, parcel);
    if (this.parcels.size > MOST_PARCELS) for (const oldest of [...this.parcels.keys()].slice(0, MOST_PARCELS / 10)) this.parcels.delete(oldest);
  }

  noteStanza(connection: Connection, node: BinaryNode): void {
    const account = connection.device?.number;
    this.stanzas.push({ account, node });
    if (this.stanzas.length > 2 * MOST_STANZAS) this.stanzas = this.stanzas.slice(-MOST_STANZAS);
    if (account !== undefined && (node.tag === "presence" || node.tag === "chatstate")) {
      const state = node.attrs["type"] ?? firstChild(node)?.tag ?? "";
      this.presences.push({ at: Date.now(), account, state, to: node.attrs["to"] ?? null });
    }
    this.look();
  }

  /** Something happened: whoever waits looks again, and the state is written down. */
  changed(): void {
    this.look();
    this.stateFile?.schedule(this);
  }

  /** What `find` finds, once it finds it. Rejects after `ms`: a test's mistake or the client's. */
  wait<T>(find: () => T | undefined | false, ms = 10_000): Promise<T> {
    return new Promise((resolve, reject) => {
      const done = (settle: () => void): void => {
        this.waiters.delete(look);
        clearTimeout(timer);
        settle();
      };
      const timer = setTimeout(() => {
        done(() => {
          reject(new Error("the fake waited in vain"));
        });
      }, ms);
      const look = (): void => {
        const found = find();
        if (found !== undefined && found !== false)
          done(() => {
            resolve(found);
          });
      };
      this.waiters.add(look);
      look();
    });
  }

  /** Now, or after a delay that a stop cuts short. */
  async later(ms: number, work: () => Promise<void>): Promise<void> {
    if (ms === 0) {
      await work();
      return;
    }
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      work().catch((error: unknown) => this.complaints.push(String(error)));
    }, ms);
    this.timers.add(timer);
  }

  async stop(): Promise<void> {
    for (const timer of this.timers) clearTimeout(timer);
    for (const connection of this.connections) connection.drop();
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
    await this.media?.stop();
    this.stateFile?.write(this);
    if (this.options.folder === undefined) rmSync(this.folder, { recursive: true, force: true });
  }

  private look(): void {
    for (const look of [...this.waiters]) look();
  }

  private async listen(): Promise<void> {
    const admin = new Admin(this);
    this.server.on("request", (request, response) => void admin.handle(request, response));
    const sockets = new WebSocketServer({ server: this.server, path: "/ws/chat", maxPayload: 64 << 20 });
    sockets.on("connection", (socket) => {
      const connection = new Connection(this, socket);
      this.connections.add(connection);
      socket.on("close", () => {
        this.connections.delete(connection);
        if (connection.device?.connection === connection) connection.device.connection = undefined;
        this.changed();
      });
    });
    await new Promise<void>((resolve) => this.server.listen(this.options.port ?? 0, "127.0.0.1", resolve));
    const { port } = this.server.address() as AddressInfo;
    this.url = `ws://127.0.0.1:${port}/ws/chat`;
    this.admin = `http://127.0.0.1:${port}`;
  }
}
