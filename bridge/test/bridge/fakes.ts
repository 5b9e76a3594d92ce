import { randomUUID } from "node:crypto";
import { vi } from "vitest";
import type { MessageAsk, MessageSend, Wish } from "../../src/commands.js";
import type { BridgeEvent, Me } from "../../src/events.js";
import type { OpenSession, Shared } from "../../src/bridge/generations.js";
import { HeldChannel } from "../../src/bridge/held_channel.js";
import { Keeper } from "../../src/bridge/keeper.js";
import { Logins } from "../../src/bridge/logins.js";
import { PACE, type Pace } from "../../src/bridge/pace.js";
import { openLog } from "../../src/log.js";
import { LeaseLost, type ChannelStore, type Store, type StoredSession } from "../../src/store/ports.js";
import type { Around, Closed, Listener, Session } from "../../src/whatsapp/ports.js";
import { ALFA, CHANNEL } from "../app-side.js";

export const ANA: Me = { phone: "+5511987654321", name: "Ana" };
export const log = openLog("silent", "test");

/** Short enough for a test, long enough that nothing runs out by itself. */
export const SWIFT: Pace = { ...PACE, look: 20, renew: 20, tick: 10, firstWait: 4, replacedWait: 4, retry: 5, logout: 500, stopSession: 500, stopCommands: 500 };

/** A session that does what the test says. */
export class FakeSession implements Session {
  isConnected = false;
  isOver = false;
  readonly sent: MessageSend[] = [];
  readonly did: string[] = [];
  sending: (command: MessageSend) => Promise<void> = () => Promise.resolve();
  unwell = { oldestUnacked: 0, oldestUndone: 0 };

  constructor(
    readonly around: Around,
    readonly listener: Listener,
  ) {}

  start(): Promise<void> {
    this.did.push("start");
    this.listener.state("starting", null, null);
    return Promise.resolve();
  }

  connect(me: Me = ANA): void {
    this.isConnected = true;
    this.listener.state("connected", null, me);
  }

  close(then: Closed["then"], reason: string | null = null): void {
    this.isConnected = false;
    if (this.isOver) return;
    this.isOver = true;
    this.listener.closed({ code: 0, then, reason });
  }

  stop(): Promise<void> {
    this.did.push("stop");
    this.close("asked");
    return Promise.resolve();
  }

  logout(): Promise<void> {
    this.did.push("logout");
    return this.stop();
  }

  pairCode(phone: string): Promise<void> {
    this.did.push(`code ${phone}`);
    return Promise.resolve();
  }

  async send(command: MessageSend): Promise<void> {
    this.sent.push(command);
    await this.sending(command);
  }

  check(phones: string[]): ReturnType<Session["check"]> {
    return Promise.resolve(phones.map((phone) => ({ phone, exists: true, jid: null, lid: null })));
  }

  markRead(): Promise<void> {
    this.did.push("read");
    return Promise.resolve();
  }

  presence(phone: string, state: string): Promise<void> {
    this.did.push(`${state} ${phone}`);
    return Promise.resolve();
  }

  syncContacts(): Promise<void> {
    this.did.push("contacts");
    return Promise.resolve();
  }

  health(): ReturnType<Session["health"]> {
    return this.unwell;
  }
}

/** What several bridges share: rows and leases, without a database. */
export class SharedRows {
  readonly rows = new Map<string, StoredSession>();
  readonly leases = new Map<string, { owner: string; epoch: number }>();
  /** What a claim of a number waits for. */
  answering: Promise<void> = Promise.resolve();
  /** Channels that still have the credentials of a device. */
  readonly devices = new Set<string>();
  /** Owners that the database does not hear. */
  readonly cutOff = new Set<string>();

  expire(channel: string): void {
    const lease = this.leases.get(channel);
    if (lease !== undefined) lease.owner = "";
  }

  store(asked: MessageAsk[] = []): Store {
    const owner = randomUUID();
    const heard = (): void => {
      if (this.cutOff.has(owner)) throw new Error("the database is away");
    };
    const isOurs = (channel: string, epoch: number): boolean => {
      const lease = this.leases.get(channel);
      return lease?.owner === owner && lease.epoch === epoch;
    };
    const fenced = (channel: string, epoch: number): void => {
      heard();
      if (!isOurs(channel, epoch)) throw new LeaseLost();
    };
    const row = (channel: string, company = ALFA): StoredSession => {
      const known = this.rows.get(channel);
      if (known !== undefined) return known;
      const fresh: StoredSession = { channel, company, wanted: false, version: 0, answered: -1, state: "stopped", reason: null, me: null, paired: false, proxy: null, historyDays: 0 };
      this.rows.set(channel, fresh);
      return fresh;
    };
    return {
      ledgerId: "ledger",
      owner,
      leases: {
        take: async (channel) => {
          heard();
          const lease = this.leases.get(channel);
          if (lease !== undefined && lease.owner !== "" && lease.owner !== owner) return Promise.resolve(undefined);
          const epoch = (lease?.epoch ?? 0) + 1;
          this.leases.set(channel, { owner, epoch });
          return Promise.resolve({ epoch });
        },
        renew: async (held) => {
          heard();
          return Promise.resolve(new Set(held.filter(({ channel, epoch }) => isOurs(channel, epoch)).map(({ channel }) => channel)));
        },
        release: async (channel, epoch) => {
          heard();
          if (isOurs(channel, epoch)) this.expire(channel);
          return Promise.resolve();
        },
      },
      channel: (channel, company, epoch) =>
        ({
          channel,
          company,
          epoch,
          credentials: () => Promise.resolve(this.devices.has(channel) ? { me: { id: "1" } } : undefined),
          wipe: async () => {
            fenced(channel, epoch);
            this.devices.delete(channel);
            return Promise.resolve();
          },
        }) as unknown as ChannelStore,
      sayThrough: () => undefined,
      sessions: async (only) => {
        heard();
        return Promise.resolve([...this.rows.values()].filter(({ channel }) => only === undefined || channel === only).map((one) => ({ ...one })));
      },
      wish: async ({ channel, company, version, wanted, proxy, historyDays }) => {
        heard();
        const kept = row(channel, company);
        if (version >= kept.version) Object.assign(kept, { version, wanted, ...(proxy === undefined ? {} : { proxy }), ...(historyDays === undefined ? {} : { historyDays }) });
        return Promise.resolve({ ...kept });
      },
      state: async (channel, epoch, change) => {
        fenced(channel, epoch);
        Object.assign(row(channel), change);
        if (change.paired === true) this.devices.add(channel);
        return Promise.resolve();
      },
      claimNumber: async (channel, epoch, me) => {
        await this.answering;
        fenced(channel, epoch);
        const others = [...this.rows.values()].filter((one) => one.channel !== channel && one.paired && one.me?.phone === me.phone);
        if (others.length > 0) return false;
        Object.assign(row(channel), { me, paired: true });
        return true;
      },
      oldestCall: () => 0,
      lockedOut: () => Promise.resolve(0),
      sweep: () => Promise.resolve({ stanzas: 0, contents: 0, plaintexts: 0, more: false }),
      ask: (command) => {
        asked.push(command);
        return Promise.resolve();
      },
      erase: () => Promise.resolve(),
      close: () => Promise.resolve(),
    };
  }
}

/** One bridge without Redis: its keeper, its sessions, and what it says. */
export class Process {
  readonly sessions: FakeSession[] = [];
  readonly events: BridgeEvent[] = [];
  readonly store: Store;
  readonly keeper: Keeper;
  refreshed = 0;

  constructor(
    readonly rows: SharedRows,
    pace: Partial<Pace> = {},
  ) {
    this.store = rows.store();
    const open: OpenSession = (around, listener) => {
      const session = new FakeSession(around, listener);
      this.sessions.push(session);
      return session;
    };
    const shared: Shared = {
      open,
      logins: new Logins(),
      media: {} as Shared["media"],
      address: () => ({ version: [1, 2, 3] }),
      refresh: () => {
        this.refreshed += 1;
        return Promise.resolve();
      },
      pace: { ...SWIFT, ...pace },
      log,
    };
    this.keeper = new Keeper({ store: this.store, outbox: { add: (event) => this.events.push(event) }, shared });
  }

  wish(type: Wish["type"], version: number, data: object = {}, channel = CHANNEL): Promise<boolean> {
    const head = { v: 1 as const, id: randomUUID(), at: new Date().toISOString(), channel, company: ALFA };
    return this.keeper.wish({ ...head, type, data: { version, ...data } });
  }

  /** The session number `count`, once it is opened. */
  async session(count = 1): Promise<FakeSession> {
    return vi.waitFor(() => {
      const session = this.sessions[count - 1];
      if (!session?.did.includes("start")) throw new Error(`only ${this.sessions.length} sessions`);
      return session;
    });
  }

  held(channel = CHANNEL): HeldChannel | undefined {
    return this.keeper.held.get(channel);
  }

  /** Every state said so far, in short. */
  get said(): string[] {
    return this.events.flatMap(({ type, data }) =>
      type === "session.state" ? [`${data.state}${data.reason === null ? "" : ` ${data.reason}`} v${data.version}`] : [],
    );
  }

  async says(state: string): Promise<void> {
    await vi.waitFor(() => {
      if (this.said.at(-1) !== state) throw new Error(`said: ${this.said.join(", ")}`);
    });
  }
}
