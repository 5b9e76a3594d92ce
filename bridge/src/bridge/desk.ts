import type { Redis } from "ioredis";
import { commandStream, WISHES } from "../addresses.js";
import { openCommand, type Command } from "../commands.js";
import { reach } from "../failpoints.js";
import type { Log } from "../log.js";
import type { Outbox } from "../outbox.js";
import type { Store } from "../store/ports.js";
import type { Entry } from "../streams.js";
import { carryOut } from "./carry_out.js";
import { isWish, type Keeper } from "./keeper.js";
import { Lanes } from "./lane.js";
import type { Pace } from "./pace.js";
import { pause } from "./waiting.js";

/** Commands in hand above which the reader waits. */
const BACKLOG = 1_000;
/** Tries of one command while something is away; then it goes, and the app asks or wishes again. */
const MOST_TRIES = 10;
/** As on the other side: a bridge that is away for days must not fill Redis. */
const LONGEST_STREAM = 100_000;

type ForChannel = Exclude<Command, { type: "events.applied" }>;

interface Around {
  key: Buffer;
  store: Store;
  keeper: Keeper;
  outbox: Pick<Outbox, "acknowledge">;
  redis: Redis;
  pace: Pick<Pace, "retry">;
  log: Log;
}

/** Where every entry arrives: opened, carried out, and acknowledged once what it caused is committed. */
export class Desk {
  /** Entries that were thrown away, by reason. */
  readonly dropped: Record<string, number> = {};
  private readonly lanes = new Lanes();
  private readonly stopping = new AbortController();
  /** A command read again after a lost connection is still in its lane. */
  private readonly inHand = new Set<string>();

  constructor(private readonly around: Around) {}

  get backlog(): number {
    return this.lanes.size;
  }

  take(stream: string, entries: Entry[]): Promise<void> | undefined {
    for (const entry of entries) {
      reach("bridge.taken");
      const opened = openCommand(this.around.key, entry);
      if ("refused" in opened) this.drop(stream, entry, opened.refused, opened.detail);
      else if (!isAddressedTo(stream, opened.command)) this.drop(stream, entry, "stream", opened.command.type);
      else this.hold(stream, entry, opened.command);
    }
    return this.lanes.size >= BACKLOG ? this.lanes.below(BACKLOG) : undefined;
  }

  /** What is in hand is finished; what waits behind it stays in its stream for the next holder. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.lanes.below(1);
  }

  private hold(stream: string, entry: Entry, command: ForChannel): void {
    const name = `${stream} ${entry.id}`;
    if (this.inHand.has(name)) return;
    this.inHand.add(name);
    void this.lanes
      .add(laneOf(command), () => this.insist(stream, entry, command))
      .finally(() => this.inHand.delete(name));
  }

  private async insist(stream: string, entry: Entry, command: ForChannel): Promise<void> {
    for (let tries = 1; !this.stopping.signal.aborted; tries += 1) {
      try {
        await this.handle(stream, entry, command);
        reach("bridge.judged");
        this.around.outbox.acknowledge(stream, [entry.id]);
        return;
      } catch (error) {
        const { log, pace } = this.around;
        const { type, channel } = command;
        if (tries === MOST_TRIES) {
          log.error({ type, channel, error: String(error) }, "command given up");
          this.drop(stream, entry, "failed", type);
          return;
        }
        log.warn({ type, channel, error: String(error) }, "command cannot be carried out, retrying");
        await pause(pace.retry, this.stopping.signal);
      }
    }
  }

  private async handle(stream: string, entry: Entry, command: ForChannel): Promise<void> {
    const { store, keeper } = this.around;
    if (command.type === "message.ask") await store.ask(command);
    else if (command.type === "contact.erase") await store.erase(command.channel, command.company, command.data.phone);
    else if (isWish(command)) {
      // On the channel's own stream it was passed on already: nobody passes it on twice.
      const isHere = await keeper.wish(command);
      if (!isHere && stream === WISHES) await this.passOn(entry, command.channel);
    } else {
      const held = keeper.held.get(command.channel);
      if (held !== undefined && held.store.company !== command.company) throw new Error("a channel of another company");
      if (held === undefined) await this.passOn(entry, command.channel);
      else await carryOut(held, command, this.around.log);
    }
  }

  /** To whoever holds the channel, now or next: as it came, with its signature. */
  private async passOn({ body, sig }: Entry, channel: string): Promise<void> {
    const { redis } = this.around;
    await redis.xadd(commandStream(channel), "MAXLEN", "~", LONGEST_STREAM, "*", "body", body, "sig", sig);
  }

  /** Acknowledged, so that it never comes again; its content is not logged. */
  private drop(stream: string, entry: Entry, reason: string, detail?: string): void {
    this.dropped[reason] = (this.dropped[reason] ?? 0) + 1;
    this.around.log.warn({ stream, entry: entry.id, reason, detail }, "entry dropped");
    this.around.outbox.acknowledge(stream, [entry.id]);
  }
}

/** Any bridge may take what is about sessions, questions and erasures; the rest goes to the channel's holder. */
function isAddressedTo(stream: string, command: Command): command is ForChannel {
  if (command.type === "events.applied") return false;
  if (stream === commandStream(command.channel)) return true;
  return stream === WISHES && /^(session\.|message\.ask$|contact\.erase$)/.test(command.type);
}

/** In order within a lane: a question or a stop never waits behind somebody's typing. */
function laneOf(command: ForChannel): string {
  if (command.type === "message.ask" || command.type === "contact.erase") return `ledger ${command.channel}`;
  return `${command.type.startsWith("session.") ? "session" : "commands"} ${command.channel}`;
}
