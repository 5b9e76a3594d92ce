import { AsyncLocalStorage } from "node:async_hooks";
import { jidDecode, proto, type BinaryNode, type WAMessage, type WASocket } from "baileys";
import { reach } from "../failpoints.js";
import type { Said } from "../events.js";
import type { Log } from "../log.js";
import type { ChannelStore, ClaimedWrite } from "../store/ports.js";
import type { Devices } from "./devices.js";
import { Flights } from "./flights.js";
import { jidOf, masked, phoneOf } from "./jids.js";
import { nack, REACH_OUT, STALE } from "./nacks.js";
import { checkNumbers } from "./numbers.js";
import { compose } from "./outgoing.js";
import { NotWritten, type MediaStore } from "./ports.js";
import { reachOut } from "./restrictions.js";

type Proto = NonNullable<WAMessage["message"]>;

/** One relay: whether its message's own frame may have left. */
interface Relay {
  isEncrypting: boolean;
  mayHaveLeft: boolean;
}
const relays = new AsyncLocalStorage<Relay>();

/** The first encryption of a relay: frames before it are questions, frames after it may be the message. */
export function encrypting(): void {
  const relay = relays.getStore();
  if (relay !== undefined) relay.isEncrypting = true;
}

export interface Desk {
  store: ChannelStore;
  socket: WASocket;
  media: MediaStore;
  devices: Devices;
  log: Log;
  isConnected(): boolean;
  say(said: Said[]): Promise<void>;
  /** Resolves after so many milliseconds, or when the socket ends. */
  pause(ms: number): Promise<void>;
}

/** Claims become frames, and answers to frames become the ledger's. */
export class Sending {
  private readonly flights = new Flights();

  constructor(private readonly desk: Desk) {
    // The raw socket beneath Baileys': only there it is certain that a frame was handed over.
    const raw = (desk.socket.ws as unknown as { socket: { send: (...given: unknown[]) => unknown } }).socket;
    const stock = raw.send.bind(raw);
    raw.send = (...given) => {
      const relay = relays.getStore();
      if (relay?.isEncrypting) relay.mayHaveLeft = true;
      return stock(...given);
    };
  }

  oldest(): number {
    return this.flights.oldest();
  }

  /** Throws NotWritten; anything else it throws leaves open whether the message left. */
  async send({ waId, claimNo, again, to, command }: ClaimedWrite): Promise<void> {
    const { store } = this.desk;
    const { content, typing_ms } = command.data;
    const jid = jidOf(to);
    this.look();
    if (typing_ms > 0) await this.type(jid, content.media?.kind === "voice" ? "recording" : "composing", typing_ms);
    const message = await this.finished(waId, to, again > 0, content);
    await store.ledger.keepContent(waId, claimNo, proto.Message.encode(message).finish());
    this.look();
    this.flights.begin(waId, claimNo, jid);
    reach("bridge.writing");
    try {
      await this.relay(jid, waId, message);
    } catch (error) {
      if (error instanceof NotWritten) this.flights.end(waId);
      this.desk.log.warn({ wa_id: waId, to: masked(to), certain: error instanceof NotWritten }, "a message was not written");
      throw error;
    }
    reach("bridge.relayed");
    await store.ledger.written(waId, claimNo);
  }

  /** WhatsApp's ack of a message, good or bad, with its key in the journal. */
  async acked({ attrs }: BinaryNode, key: string): Promise<void> {
    const { store, log } = this.desk;
    const waId = attrs["id"] ?? "";
    const error = attrs["error"];
    const flight = this.flights.of(waId);
    if (error === undefined) {
      this.flights.end(waId);
      if (!(await store.ledger.acked(waId, [key]))) await store.step({ done: [key] });
      return;
    }
    if (flight === undefined) {
      log.warn({ wa_id: waId, error }, "a nack of no attempt of this socket");
      await store.step({ done: [key] });
      return;
    }
    if (error === STALE && !flight.isRefreshed && (await this.refreshed(waId, flight))) {
      await store.step({ done: [key] });
      return;
    }
    this.flights.end(waId);
    const { code, retryable } = nack(error);
    log.warn({ wa_id: waId, error, code }, "WhatsApp refused a message");
    if (error === REACH_OUT) await this.restricted();
    await store.ledger.refused(waId, flight.claimNo, code, retryable, [key]);
  }

  private async finished(waId: string, to: string, isResend: boolean, content: ClaimedWrite["command"]["data"]["content"]): Promise<Proto> {
    const { store, socket, media } = this.desk;
    const kept = isResend || content.media !== undefined ? await store.sentContent(waId) : undefined;
    if (kept !== undefined) return proto.Message.decode(kept);
    try {
      return await compose(socket, to, waId, content, media);
    } catch (error) {
      throw error instanceof NotWritten ? error : new NotWritten("media_unavailable", { cause: error });
    }
  }

  private async relay(jid: string, waId: string, message: Proto): Promise<void> {
    const relay = { isEncrypting: false, mayHaveLeft: false };
    try {
      await relays.run(relay, async () => {
        await this.findDevices(jid);
        await this.desk.socket.relayMessage(jid, message, { messageId: waId });
      });
    } catch (error) {
      if (relay.mayHaveLeft || error instanceof NotWritten) throw error;
      throw new NotWritten(this.desk.isConnected() ? "unavailable" : "not_connected", { cause: error });
    }
  }

  /** Where WhatsApp names no device of theirs, or does not answer, Baileys writes to nobody, and WhatsApp acknowledges it. */
  private async findDevices(jid: string): Promise<void> {
    const { socket } = this.desk;
    if ((await socket.getUSyncDevices([jid], true, false)).length > 0) return;
    const [told] = await checkNumbers(socket, [phoneOf(jid) ?? ""]);
    throw new NotWritten(told?.exists === false ? "not_on_whatsapp" : "unavailable");
  }

  /** 479: the same message once more, for the devices the person has now. False: it could not be written. */
  private async refreshed(waId: string, flight: { jid: string; isRefreshed: boolean }): Promise<boolean> {
    const { store, socket, devices } = this.desk;
    flight.isRefreshed = true;
    const kept = await store.sentContent(waId);
    if (kept === undefined) return false;
    try {
      devices.del(jidDecode(flight.jid)?.user ?? "");
      await socket.getUSyncDevices([flight.jid], false, false);
      await this.relay(flight.jid, waId, proto.Message.decode(kept));
      return true;
    } catch (error) {
      // It may have left: its ack, or the engine's question, decides.
      return !(error instanceof NotWritten);
    }
  }

  private async restricted(): Promise<void> {
    // What WhatsApp tells of an end comes as an event of its own; without one it is a day.
    const lock = await this.desk.socket.fetchAccountReachoutTimelock().catch(() => undefined);
    if (lock?.isActive !== true) await this.desk.say([reachOut(undefined)]);
  }

  private async type(jid: string, as: "composing" | "recording", ms: number): Promise<void> {
    // Of no weight: a typing nobody sees loses nothing.
    await this.desk.socket.sendPresenceUpdate(as, jid).catch(() => undefined);
    await this.desk.pause(ms);
  }

  private look(): void {
    if (!this.desk.isConnected()) throw new NotWritten("not_connected");
  }
}
