import { Browsers, initAuthCreds, makeWASocket, proto, WA_CERT_DETAILS, type AuthenticationCreds, type BaileysEventMap, type SignalKeyStore, type UserFacingSocketConfig, type WASocket } from "baileys";
import { Agent } from "node:https";
import { pino } from "pino";
import type { FakeWhatsApp } from "./fake-whatsapp.js";

/** A linked device's memory: hand it to the next client to log in again. */
export interface Memory {
  creds: AuthenticationCreds;
  keys: SignalKeyStore;
}

export type Happened = { [Name in keyof BaileysEventMap]: { name: Name; data: BaileysEventMap[Name] } }[keyof BaileysEventMap];

const QUIET = pino({ level: "silent" });
const HEARD = ["connection.update", "messages.upsert", "messages.update", "contacts.upsert", "messaging-history.set", "message-capping.update"] as const;

/** Baileys as it is, with nothing of the bridge: what the fake has to be WhatsApp for. */
export class StockClient {
  readonly happened: Happened[] = [];
  /** Acks of its messages, which Baileys itself keeps quiet about when they are good. */
  readonly acks: { id: string; error: string | undefined }[] = [];
  readonly notifications: string[] = [];
  readonly sock: WASocket;
  private readonly waiters = new Set<() => void>();

  constructor(fake: FakeWhatsApp, readonly memory: Memory = newMemory(), options: Partial<UserFacingSocketConfig> = {}) {
    WA_CERT_DETAILS.PUBLIC_KEY = Buffer.from(fake.root.public);
    this.sock = makeWASocket({
      auth: memory,
      waWebSocketUrl: fake.url,
      version: [2, 3000, 1_043_857_760],
      logger: QUIET,
      browser: Browsers.ubuntu("Chrome"),
      markOnlineOnConnect: false,
      emitOwnEvents: false,
      generateHighQualityLinkPreview: false,
      fetchAgent: new Agent({ ca: fake.certificate.certificate }),
      ...options,
    });
    for (const name of HEARD) {
      this.sock.ev.on(name, (data) => {
        this.happened.push({ name, data } as Happened);
        this.look();
      });
    }
    this.sock.ws.on("CB:ack,class:message", ({ attrs }: { attrs: Record<string, string> }) => {
      this.acks.push({ id: attrs["id"] ?? "", error: attrs["error"] });
      this.look();
    });
    this.sock.ws.on("CB:notification", ({ attrs }: { attrs: Record<string, string> }) => {
      this.notifications.push(attrs["type"] ?? "");
      this.look();
    });
  }

  qr(): Promise<string> {
    return this.until(() => this.updates().find((update) => update.qr)?.qr);
  }

  open(): Promise<unknown> {
    return this.until(() => this.updates().find((update) => update.connection === "open"));
  }

  /** The code it closed with. */
  closed(): Promise<number> {
    return this.until(() => {
      const error = this.updates().find((update) => update.connection === "close")?.lastDisconnect?.error;
      return (error as { output?: { statusCode: number } } | undefined)?.output?.statusCode;
    });
  }

  received(id: string) {
    return this.until(() => this.messages().find(({ message }) => message.key.id === id));
  }

  messages() {
    return this.happened.flatMap((event) => (event.name === "messages.upsert" ? event.data.messages.map((message) => ({ message, type: event.data.type })) : []));
  }

  updates() {
    return this.happened.flatMap((event) => (event.name === "connection.update" ? [event.data] : []));
  }

  statuses(id: string): proto.WebMessageInfo.Status[] {
    const updates = this.happened.flatMap((event) => (event.name === "messages.update" ? event.data : []));
    return updates.flatMap(({ key, update }) => (key.id === id && typeof update.status === "number" ? [update.status] : []));
  }

  /** What `find` finds, once something happened that lets it. The test's own time-out ends the wait. */
  until<T>(find: () => T | undefined): Promise<T> {
    return new Promise((resolve) => {
      const look = (): void => {
        const found = find();
        if (found === undefined) return;
        this.waiters.delete(look);
        resolve(found);
      };
      this.waiters.add(look);
      look();
    });
  }

  async end(): Promise<void> {
    await this.sock.end(undefined);
  }

  private look(): void {
    for (const look of [...this.waiters]) look();
  }
}

/** Linked to `number` by QR, and logged in. */
export async function linked(fake: FakeWhatsApp, number: string, options: Partial<UserFacingSocketConfig> = {}): Promise<StockClient> {
  const first = new StockClient(fake, newMemory(), options);
  await fake.scan(await first.qr(), number);
  await first.closed();
  const client = new StockClient(fake, first.memory, options);
  await client.open();
  return client;
}

export function newMemory(): Memory {
  const kept = new Map<string, unknown>();
  const keys: SignalKeyStore = {
    get: (type, ids) => Promise.resolve(Object.fromEntries(ids.flatMap((id) => (kept.has(`${type} ${id}`) ? [[id, kept.get(`${type} ${id}`)]] : []))) as never),
    set: (change) => {
      for (const [type, values] of Object.entries(change)) {
        for (const [id, value] of Object.entries(values as Record<string, unknown>)) {
          if (value === null) kept.delete(`${type} ${id}`);
          else kept.set(`${type} ${id}`, value);
        }
      }
    },
  };
  return { creds: initAuthCreds(), keys };
}
