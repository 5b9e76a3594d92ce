import { openCommand, type Command, type MessageAsk, type MessageSend, type NumbersCheck } from "../commands.js";
import { reach } from "../failpoints.js";
import { judgeAsk, judgeSend, type Answer, type Answered } from "../judgement.js";
import type { Log } from "../log.js";
import type { Outbox } from "../outbox.js";
import type { Entry } from "../streams.js";
import type { Announcer } from "./announcer.js";
import type { Journal } from "./journal.js";
import type { Mischief } from "./mischief.js";
import type { Numbers } from "./numbers.js";
import type { PairingDesk } from "./pairing.js";
import type { Quota } from "./quota.js";
import type { Receipts } from "./receipts.js";
import type { Rows } from "./rows.js";
import type { Sessions } from "./sessions.js";

export const WISHES = "esquadrao:wishes";
export const APPLIED = "esquadrao:applied";
const COMMANDS = "esquadrao:commands:";

/** Lines waiting for the disk above which the reader waits too. */
const BACKLOG = 5_000;

export function commandStream(channel: string): string {
  return COMMANDS + channel;
}

interface Around {
  key: Buffer;
  ledgerId: string;
  rows: Rows;
  sessions: Sessions;
  journal: Journal;
  outbox: Pick<Outbox, "acknowledge" | "confirm">;
  announcer: Announcer;
  mischief: Pick<Mischief, "drops">;
  numbers: Numbers;
  pairing: PairingDesk;
  receipts: Receipts;
  quota: Quota;
  log: Log;
}

/** Where every entry of every stream arrives: opened, judged, recorded, answered, acknowledged. */
export class Desk {
  /** Entries that were thrown away, by reason. */
  readonly dropped: Record<string, number> = {};

  constructor(private readonly around: Around) {}

  take(stream: string, entries: Entry[]): Promise<void> | undefined {
    const { journal, outbox, key } = this.around;
    for (const entry of entries) {
      reach("bridge.taken");
      const opened = openCommand(key, entry);
      if ("refused" in opened) this.drop(stream, entry, opened.refused, opened.detail);
      else if (streamOf(opened.command) !== stream) this.drop(stream, entry, "stream", opened.command.type);
      else this.handle(opened.command);
    }
    reach("bridge.judged");
    // Decisions stand in memory at once and in order; nobody hears of them before the disk has them.
    journal.after(() => {
      outbox.acknowledge(
        stream,
        entries.map((entry) => entry.id),
      );
    });
    return journal.backlog > BACKLOG ? journal.settled() : undefined;
  }

  private handle(command: Command): void {
    switch (command.type) {
      case "message.send":
        this.send(command);
        break;
      case "message.ask":
        this.ask(command);
        break;
      case "numbers.check":
        this.check(command);
        break;
      case "events.applied":
        this.around.outbox.confirm(command.batches);
        break;
      case "session.scan":
        this.around.pairing.scan(command.channel);
        break;
      case "session.start":
      case "session.stop":
      case "session.logout":
        this.around.pairing.wish(command);
        break;
      default:
        // Nobody looks at a simulated phone: nothing is typed, read or synchronised there.
        break;
    }
  }

  private send(command: MessageSend): void {
    const { rows, sessions, journal, ledgerId, receipts, quota, announcer, mischief, log } = this.around;
    const { channel, company, data } = command;
    const { wa_id, claim_no } = data;
    const row = rows.get(channel, wa_id);
    const connected = sessions.isConnected(channel) && !mischief.drops(data);
    const now = new Date();
    const verdict = judgeSend(row, command, { ledgerId, connected, now });
    if ("write" in verdict) {
      const { again, content } = data;
      const write = { ...verdict.write, channel, company, wa_id, text: content.text ?? "", again, at: now.toISOString() };
      rows.apply(write);
      journal.append(write, () => {
        receipts.begin(write);
        const warning = quota.after(write);
        if (warning !== undefined) announcer.say(channel, company, warning);
      });
    } else if ("repeat" in verdict) {
      journal.after(() => {
        announcer.say(channel, company, { type: "message.accepted", data: { wa_id, claim_no } });
      });
    } else {
      const answer = this.settle(command, verdict);
      if (answer.code === "content_mismatch") log.error({ channel, wa_id, claim_no }, "same message id, other content");
      this.answer(command, answer);
    }
  }

  private ask(command: MessageAsk): void {
    this.answer(command, this.settle(command, judgeAsk(command, this.around.ledgerId)));
  }

  private settle({ channel, data }: MessageSend | MessageAsk, { move, answer }: Answered): Answer {
    const { rows, journal } = this.around;
    if (move === undefined) return answer(rows.get(channel, data.wa_id));
    const line = { ...move, channel, wa_id: data.wa_id };
    journal.append(line);
    return answer(rows.apply(line));
  }

  /** Without a session nobody can be asked: nothing is said, and the app asks again. */
  private check({ channel, company, data }: NumbersCheck): void {
    const { sessions, journal, announcer, numbers } = this.around;
    if (!sessions.isConnected(channel)) return;
    journal.after(() => {
      announcer.say(channel, company, { type: "numbers.checked", data: { numbers: numbers(data.phones) } });
    });
  }

  private answer({ channel, company, data }: MessageSend | MessageAsk, answer: Answer): void {
    const { journal, announcer } = this.around;
    const { wa_id, claim_no } = data;
    journal.after(() => {
      announcer.say(channel, company, { type: "message.known", data: { wa_id, claim_no, ...answer } });
    });
  }

  /** Acknowledged with the rest, so that it never comes again; its content is not logged. */
  private drop(stream: string, entry: Entry, reason: string, detail?: string): void {
    this.dropped[reason] = (this.dropped[reason] ?? 0) + 1;
    this.around.log.warn({ stream, entry: entry.id, reason, detail }, "entry dropped");
  }
}

/** What only the holder of the channel's session can do; the rest any bridge may. */
const OF_THE_HOLDER: ReadonlySet<Command["type"]> = new Set([
  "message.send",
  "message.read",
  "numbers.check",
  "presence",
  "contacts.sync",
  "session.pair_code",
] as const);

function streamOf(command: Command): string {
  if (command.type === "events.applied") return APPLIED;
  return OF_THE_HOLDER.has(command.type) ? commandStream(command.channel) : WISHES;
}
