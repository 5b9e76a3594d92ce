import type { Delays, Rates } from "../config.js";
import type { Said } from "../events.js";
import { mayRefuse } from "../judgement.js";
import type { Log } from "../log.js";
import type { Confirmable } from "../outbox.js";
import { REASONS } from "../reasons.js";
import type { Journal } from "./journal.js";
import type { WriteLine } from "./lines.js";
import { answerFor } from "./numbers.js";
import { outcome, refusal, type Stage } from "./outcome.js";
import type { Rows } from "./rows.js";
import type { Announcer } from "./announcer.js";
import type { Schedule } from "./schedule.js";

export interface Fate {
  seed: string;
  rates: Rates;
  delays: Delays;
}

/** What a receipt or an answer needs of a write: not its text. */
export type Written = Pick<WriteLine, "channel" | "company" | "wa_id" | "claim_no" | "again" | "at" | "to">;

/** A written message until the app has applied all that is to be said about it. */
class Attempt implements Confirmable {
  outstanding = 0;
  ended = false;

  constructor(
    readonly written: Written,
    private readonly done: (written: Written) => void,
  ) {}

  confirmed(): void {
    this.outstanding -= 1;
    this.settle();
  }

  end(): void {
    this.ended = true;
    this.settle();
  }

  private settle(): void {
    if (this.ended && this.outstanding === 0) this.done(this.written);
  }
}

/** Plays WhatsApp's side of every write: "accepted", then its receipts in their time. */
export class Receipts {
  constructor(
    private readonly rows: Rows,
    private readonly journal: Journal,
    private readonly announcer: Announcer,
    private readonly schedule: Schedule,
    private readonly fate: Fate,
    private readonly log: Log,
  ) {}

  /** After the write is on disk; again after every boot until it is done, which changes nothing twice. */
  begin(written: Written): void {
    const { seed, rates, delays } = this.fate;
    const { wa_id, claim_no } = written;
    const attempt = new Attempt(written, ({ channel }) => {
      this.journal.appendLazily({ t: "done", channel, wa_id, claim_no });
    });
    this.say(attempt, { type: "message.accepted", data: { wa_id, claim_no } });
    const age = Math.max(0, Date.now() - Date.parse(written.at));
    const isThere = answerFor(seed, written.to, rates).exists;
    const code = isThere ? refusal(seed, written, rates) : "not_on_whatsapp";
    const stages: Stage[] =
      code === undefined ? outcome(seed, wa_id, written.again, rates, delays) : [{ rank: "failed", delay: delays.ack.min, code }];
    this.next(attempt, stages, 0, age);
  }

  /** `age`: what has passed of the delays already, after a boot. */
  private next(attempt: Attempt, stages: Stage[], at: number, age: number): void {
    const stage = stages[at];
    if (stage === undefined) {
      attempt.end();
      return;
    }
    this.schedule.after(stage.delay - age, () => {
      this.happen(attempt, stage, () => {
        this.next(attempt, stages, at + 1, Math.max(0, age - stage.delay));
      });
    });
  }

  private happen(attempt: Attempt, stage: Stage, then: () => void): void {
    const { channel, wa_id, claim_no } = attempt.written;
    if (stage.rank === "reply") {
      this.answer(attempt, stage.text ?? "");
      then();
      return;
    }
    const row = this.rows.get(channel, wa_id);
    if (stage.rank === "server_ack" && row?.state !== "acked") {
      this.record(attempt, stage, { t: "acked", channel, wa_id, claim_no }, then);
      return;
    }
    if (stage.rank === "failed" && !(row?.state === "refused" && row.claimNo === claim_no)) {
      if (mayRefuse(row, claim_no)) {
        const code = stage.code ?? "nack";
        this.record(attempt, stage, { t: "refused", channel, wa_id, claim_no, code, retryable: REASONS[code].retryable }, then);
        return;
      }
      this.log.warn({ channel, wa_id, claim_no, code: stage.code }, "refused by WhatsApp, changes nothing any more");
      then();
      return;
    }
    this.status(attempt, stage);
    then();
  }

  /** Nothing is said before its line is on disk. */
  private record(attempt: Attempt, stage: Stage, line: Parameters<Rows["apply"]>[0], then: () => void): void {
    this.rows.apply(line);
    this.journal.append(line, () => {
      this.status(attempt, stage);
      then();
    });
  }

  private status(attempt: Attempt, { rank, code }: Stage): void {
    if (rank === "reply") return;
    const { wa_id, claim_no } = attempt.written;
    const why = code === undefined ? {} : { code, retryable: REASONS[code].retryable };
    this.say(attempt, { type: "message.status", data: { wa_id, claim_no, rank, at: new Date().toISOString(), ...why } });
  }

  /** The id follows from the message's: said again after a boot, it is the same answer. */
  private answer(attempt: Attempt, text: string): void {
    const { wa_id, to } = attempt.written;
    const data = { wa_id: `${wa_id}-answer`, from: to, name: "", text, at: new Date().toISOString() };
    this.say(attempt, { type: "message.in", data });
  }

  private say(attempt: Attempt, said: Said): void {
    attempt.outstanding += 1;
    this.announcer.say(attempt.written.channel, attempt.written.company, said, attempt);
  }
}
