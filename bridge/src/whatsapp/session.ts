import "./libsignal.js";
import { initAuthCreds, type AuthenticationCreds, type BaileysEventMap, type WASocket } from "baileys";
import type { MessageSend } from "../commands.js";
import type { Checked } from "../events.js";
import { agentFor } from "./agents.js";
import { Batcher } from "./batcher.js";
import { closing } from "./closings.js";
import { tellContacts } from "./contacts.js";
import { Devices } from "./devices.js";
import { mediaHosts } from "./downloads.js";
import { Inflow } from "./inflow.js";
import { jidOf, phoneOf } from "./jids.js";
import { Keys } from "./keys.js";
import { checkNumbers } from "./numbers.js";
import { Pairing } from "./pairing.js";
import { People } from "./people.js";
import type { Around, Health, Listener, Session } from "./ports.js";
import { quota, reachOut } from "./restrictions.js";
import { encrypting, Sending } from "./sending.js";
import { Settling } from "./settling.js";
import { makeSocket } from "./socket.js";
import { tapEvents, tapStanzas } from "./taps.js";

/** Milliseconds: longer than one call of the store may take. */
const ENDING_MS = 6_000;
/** A peer that does not answer our goodbye is cut off. */
const GOODBYE_MS = 1_000;
/** What had to be left undone is tried again. */
const AGAIN_MS = 60_000;

export function openSession(around: Around, listener: Listener): Session {
  return new BaileysSession(around, listener);
}

/** One socket, one generation. Parts: taps → inflow (journal) → Baileys → settling (events); sending; pairing. */
class BaileysSession implements Session {
  private socket!: WASocket;
  private inflow: Inflow | undefined;
  private settling!: Settling;
  private sending: Sending | undefined;
  private pairing: Pairing | undefined;
  private people!: People;
  private keys: Keys | undefined;
  private credentials!: AuthenticationCreds;
  private readonly saves: Batcher<undefined>;
  private readonly stops = new AbortController();
  private readonly ended: Promise<void>;
  private end!: () => void;
  private again: NodeJS.Timeout | undefined;
  private isOpen = false;
  private wasUp = false;
  private isAsked = false;
  private isBroken = false;
  private isClosing = false;

  constructor(
    private readonly around: Around,
    private readonly listener: Listener,
  ) {
    this.ended = new Promise((resolve) => (this.end = resolve));
    this.saves = new Batcher(() => around.store.saveCredentials(this.credentials), 1_000);
  }

  get isConnected(): boolean {
    return this.isOpen && !this.isClosing && !this.isBroken && this.socket.ws.isOpen;
  }

  async start(): Promise<void> {
    this.listener.state("starting", null, null);
    try {
      const kept = await this.around.store.credentials();
      // A pairing that was begun and never finished would be taken for a device, and refused.
      this.credentials = kept?.account ? kept : initAuthCreds();
      if (!this.isAsked) this.build();
    } catch (error) {
      this.broke(error);
      await this.finish(undefined, "");
    }
    if (this.isAsked) await this.stop();
  }

  async stop(): Promise<void> {
    this.isAsked = true;
    if ((this.socket as WASocket | undefined) === undefined) await this.finish(undefined, "");
    else this.goodbye();
    await this.ended;
  }

  async logout(): Promise<void> {
    this.isAsked = true;
    if (this.isConnected) await this.socket.logout().catch(() => undefined);
    await this.stop();
  }

  async pairCode(phone: string): Promise<void> {
    await this.pairing?.code(phone);
  }

  async send(command: MessageSend): Promise<void> {
    if (this.sending === undefined) await this.around.store.ledger.claim(command, { connected: false });
    else await this.sending.send(command);
  }

  async check(phones: string[]): Promise<Checked[]> {
    return checkNumbers(this.socket, phones);
  }

  async markRead(ids: { waId: string; from: string }[]): Promise<void> {
    await this.socket.readMessages(ids.map(({ waId, from }) => ({ remoteJid: jidOf(from), id: waId, fromMe: false })));
  }

  async presence(phone: string, state: "composing" | "recording" | "paused"): Promise<void> {
    await this.socket.sendPresenceUpdate(state, jidOf(phone));
  }

  /** The address book from its beginning: the phone sends only what it has not sent yet. */
  async syncContacts(): Promise<void> {
    await this.socket.authState.keys.set({ "app-state-sync-version": { critical_unblock_low: null } });
    await this.socket.resyncAppState(["critical_unblock_low"], false);
  }

  health(): Health {
    return { oldestUnacked: (this.sending?.oldest() ?? 0) / 1000, oldestUndone: (this.inflow?.oldestMessage() ?? 0) / 1000 };
  }

  private build(): void {
    const { store, address, media, log, proxy, historyDays = 0 } = this.around;
    const agent = agentFor(proxy, { certificate: address.mediaCertificate, isFake: address.url !== undefined });
    const devices = new Devices();
    const failed = (error: unknown): void => {
      this.broke(error);
    };
    const keys = (this.keys = new Keys(store.keys, { failed, mapped: (pairs) => void this.mapped(pairs).catch(failed) }));
    const socket = makeSocket({ credentials: this.credentials, keys, devices, store, address, proxy, agent, historyDays, log, encrypting });
    this.socket = socket;
    const say = (said: Parameters<Settling["say"]>[0]): Promise<void> => this.settling.say(said);
    const sending = (this.sending = new Sending({ store, socket, media, devices, log, say, failed, isConnected: () => this.isConnected, pause: (ms) => this.pause(ms) }));
    const acked = sending.acked.bind(sending);
    this.settling = new Settling({ store, socket, media, agent, isMediaHost: mediaHosts(address.url), historyDays, log, acked, failed, isWhole: () => !this.isBroken && this.socket.ws.isOpen });
    this.inflow = new Inflow({ store, failed, settle: (passage) => this.settling.settle(passage), keep: (node) => this.settling.keep(node), feed: tapStanzas(socket, (node) => { this.inflow?.take(node); }) });
    this.pairing = new Pairing(socket, this.listener);
    this.people = new People(store, socket);
    tapEvents(socket, {
      connection: (update) => { this.connection(update); },
      credentials: () => {
        // Before the link there is nothing worth keeping: every try makes its own.
        if (this.credentials.account) void this.saves.add(undefined).catch(failed);
      },
      contacts: (contacts) => void say(tellContacts(contacts)).catch(failed),
      capping: (notice) => void say([quota(notice)].filter((said) => said !== undefined)).catch(failed),
      historyEnds: ({ status }) => {
        // The end itself is told behind the last message (history.ts); here only that nothing came for two minutes.
        if (status === "paused") void say([{ type: "history.progress", data: { percent: 100, done: true } }]).catch(failed);
      },
    });
    socket.ws.on("CB:notification,type:passkey_prologue_request", () => {
      this.listener.state("needs_passkey", "passkey", null);
    });
    // `ws` leaves a refused handshake to whoever listens, and Baileys listens and does nothing: we would start for ever.
    socket.ws.on("unexpected-response", () => this.raw?.terminate());
  }

  private connection({ connection, qr, isNewLogin, lastDisconnect, reachoutTimeLock }: BaileysEventMap["connection.update"]): void {
    if (qr) this.pairing?.qr(qr);
    if (isNewLogin) this.listener.state("pairing", null, null);
    if (reachoutTimeLock?.isActive) void this.settling.say([reachOut(reachoutTimeLock.timeEnforcementEnds)]).catch((error: unknown) => { this.broke(error); });
    if (connection === "open") this.opened();
    if (connection === "close") {
      const error = lastDisconnect?.error as (Error & { output?: { statusCode?: number } }) | undefined;
      void this.finish(error?.output?.statusCode, error?.message ?? "");
    }
  }

  private opened(): void {
    this.isOpen = true;
    this.wasUp = true;
    const { id, name } = this.socket.user ?? {};
    this.listener.state("connected", null, { phone: phoneOf(id) ?? "", name: name ?? "" });
    const open = (): void => {
      this.inflow?.open().catch((error: unknown) => { this.broke(error); });
    };
    open();
    this.again = setInterval(open, AGAIN_MS);
  }

  private async mapped(pairs: { lid: string; user: string }[]): Promise<void> {
    // Ours among them is Baileys' mistake of taking us for whom we wrote to, or ourselves: nobody's contact.
    const others = pairs.filter(({ lid, user }) => !this.people.isSelf(lid) && !this.people.isSelf(user)).map(({ lid, user }) => ({ lid, phone: `+${user}` }));
    if (others.length > 0) await this.around.store.rememberLid(others);
  }

  /** The store failed: what Baileys holds in memory is ahead of SQL, and only a new generation mends that. */
  private broke(error: unknown): void {
    if (this.isBroken) return;
    this.isBroken = true;
    this.around.log.error({ reason: error instanceof Error ? error.name : "unknown" }, "the store failed: the socket ends");
    if ((this.socket as WASocket | undefined) === undefined) return;
    // Baileys would still ack what it could not read for the store's sake, and WhatsApp take that for good.
    this.raw?.terminate();
    this.goodbye();
  }

  private goodbye(): void {
    this.stops.abort();
    const { raw } = this;
    void this.socket.end(undefined);
    setTimeout(() => raw?.terminate(), GOODBYE_MS).unref();
  }

  /** Beneath Baileys. */
  private get raw(): { terminate(): void } | null {
    return (this.socket.ws as unknown as { socket: { terminate(): void } | null }).socket;
  }

  private async finish(code: number | undefined, message: string): Promise<void> {
    if (this.isClosing) return;
    this.isClosing = true;
    this.stops.abort();
    clearInterval(this.again);
    const parts = [this.inflow, this.sending, this.settling, this.saves] as ({ idle(): Promise<void> } | undefined)[];
    this.inflow?.close();
    const quiet = (async () => {
      for (const part of parts) await part?.idle();
    })();
    await Promise.race([quiet, new Promise((resolve) => setTimeout(resolve, ENDING_MS).unref())]);
    const isProxyDeaf = this.around.proxy !== null && !this.wasUp && code !== undefined && message.startsWith("WebSocket Error");
    // Baileys' handlers may hang on questions nobody answers any more: what they would still write is stale.
    this.inflow?.abandon();
    this.keys?.seal();
    this.listener.closed(closing({ code, message, isAsked: this.isAsked, isProxyDeaf }));
    this.end();
  }

  private async pause(ms: number): Promise<void> {
    if (this.stops.signal.aborted) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.stops.signal.addEventListener("abort", () => {
        clearTimeout(timer);
        resolve();
      }, { once: true });
    });
  }
}
