import { AsyncLocalStorage } from "node:async_hooks";
import { jidDecode, proto, type BinaryNode } from "baileys";
import type { MessageSend } from "../commands.js";
import { reach } from "../failpoints.js";
import type { Said } from "../events.js";
import type { Log } from "../log.js";
import type { SendReason } from "../reasons.js";
import type { Devices } from "./devices.js";
import { Flights } from "./flights.js";
import { jidOf, masked } from "./jids.js";
import { nack, REACH_OUT, STALE } from "./nacks.js";
import type { Proto } from "./outgoing.js";
import { NotWritten } from "./ports.js";
import { Readying, type Ground } from "./readying.js";
import { reachOut } from "./restrictions.js";

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

export interface Desk extends Ground {
  devices: Devices;
  log: Log;
  say(said: Said[]): Promise<void>;
  /** The store does not take what happened: the socket is to end. */
  failed(error: unknown): void;
}

/** WhatsApp's ack takes 50 to 300 ms. */
const SOON_MS = 500;

/** Claims become frames, and answers to frames become the ledger's. */
export class Sending {
  private readonly flights = new Flights();
  private readonly readying: Readying;
  private readonly telling = new Set<Promise<void>>();

  constructor(private readonly desk: Desk) {
    this.readying = new Readying(desk);
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

  /** Claims, writes, answers. Rejects when the store does. */
  async send(command: MessageSend): Promise<void> {
    const { ledger } = this.desk.store;
    const { wa_id: waId, to, claim_no: claimNo, content, typing_ms: typing } = command.data;
    // Nobody is shown typing, and nothing is uploaded, for what will not be written: the judge says why not.
    const isSlow = typing > 0 || content.media !== undefined;
    const message = isSlow && !(await ledger.isDue(command)) ? "not_connected" : await this.ready(command);
    const how = typeof message === "string" ? { hindrance: message } : { content: proto.Message.encode(message).finish() };
    const isClaimed = await ledger.claim(command, { connected: this.desk.isConnected(), ...how });
    if (!isClaimed || typeof message === "string") return;
    this.flights.begin(waId, claimNo, jidOf(to));
    reach("bridge.writing");
    try {
      await this.relay(jidOf(to), waId, message);
    } catch (error) {
      const isCertain = error instanceof NotWritten;
      this.desk.log.warn({ wa_id: waId, to: masked(to), certain: isCertain }, "a message was not written");
      // It may have reached the socket: only an ack or the app's question decides (R6). A second try would be a second write.
      if (!isCertain) return;
      this.flights.end(waId);
      await ledger.takeBack(waId, claimNo, error.code);
      return;
    }
    reach("bridge.relayed");
    const told = this.tellWritten(waId, claimNo)
      .catch((error: unknown) => {
        this.desk.failed(error);
      })
      .finally(() => this.telling.delete(told));
    this.telling.add(told);
  }

  /** Until what left is in the ledger. */
  async idle(): Promise<void> {
    this.flights.close();
    await Promise.all(this.telling);
  }

  /** Mostly the ack comes first and says more: then the ledger goes from writing to acked in one step. */
  private async tellWritten(waId: string, claimNo: number): Promise<void> {
    if (!(await this.flights.answered(waId, SOON_MS))) await this.desk.store.ledger.written(waId, claimNo);
  }

  /** WhatsApp's ack of a message, good or bad. */
  async acked({ attrs }: BinaryNode): Promise<void> {
    const { store: { ledger }, log } = this.desk;
    const waId = attrs["id"] ?? "";
    const error = attrs["error"];
    const flight = this.flights.of(waId);
    if (error === undefined) {
      this.flights.end(waId);
      await ledger.acked(waId);
      return;
    }
    if (flight === undefined) {
      log.warn({ wa_id: waId, error }, "a nack of no attempt of this socket");
      return;
    }
    if (error === STALE && !flight.isRefreshed && (await this.refreshed(waId, flight))) return;
    this.flights.end(waId);
    const { code, retryable } = nack(error);
    log.warn({ wa_id: waId, error, code }, "WhatsApp refused a message");
    if (error === REACH_OUT) await this.restricted();
    await ledger.refused(waId, flight.claimNo, code, retryable);
  }

  /** The message, or the code of what keeps it from being written. */
  private async ready(command: MessageSend): Promise<Proto | SendReason> {
    try {
      return await this.readying.ready(command);
    } catch (error) {
      if (!(error instanceof NotWritten)) throw error;
      this.desk.log.warn({ wa_id: command.data.wa_id, to: masked(command.data.to), code: error.code }, "a message is not written");
      return error.code;
    }
  }

  private async relay(jid: string, waId: string, message: Proto): Promise<void> {
    const relay = { isEncrypting: false, mayHaveLeft: false };
    try {
      await relays.run(relay, () => this.desk.socket.relayMessage(jid, message, { messageId: waId }));
    } catch (error) {
      if (relay.mayHaveLeft) throw error;
      throw new NotWritten(this.desk.isConnected() ? "unavailable" : "not_connected", { cause: error });
    }
  }

  /** 479: the same message once more, for the devices the person has now. False: it could not be written. */
  private async refreshed(waId: string, flight: { jid: string; isRefreshed: boolean }): Promise<boolean> {
    const { store, socket, devices } = this.desk;
    flight.isRefreshed = true;
    const kept = await store.sentContent(waId);
    if (kept === undefined) return false;
    try {
      devices.del(jidDecode(flight.jid)?.user ?? "");
      if ((await socket.getUSyncDevices([flight.jid], false, false)).length === 0) return false;
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
}
