import { createHash } from "node:crypto";
import type { Delays, Rates, Span } from "../config_simulator.js";
import type { Rank } from "../events.js";
import type { SendReason } from "../reasons.js";

export interface Stage {
  rank: Rank | "reply";
  /** Milliseconds after the stage before it. */
  delay: number;
  code?: SendReason;
  /** What the person answers. */
  text?: string;
}

const ANSWERS = ["Oi! Quanto custa?", "Sim", "Quero saber mais", "Obrigada!", "Não, obrigado"];

/** 0 ≤ a number < 1, the same for the same words. */
export function drawn(words: string[]): number {
  return createHash("sha256").update(words.join("\0")).digest().readUInt32BE(0) / 2 ** 32;
}

const REFUSALS = ["rate_limited", "unavailable", "must_write_first", "banned"] as const;

/** Whether WhatsApp turns this attempt away, and why; the next attempt at the same message draws anew. */
export function refusal(seed: string, { wa_id, claim_no }: { wa_id: string; claim_no: number }, rates: Rates): SendReason | undefined {
  let fate = drawn([seed, wa_id, "refusal", String(claim_no)]);
  for (const code of REFUSALS) {
    if (fate < rates[code]) return code;
    fate -= rates[code];
  }
  return undefined;
}

/**
 * What becomes of a written message: its receipts in order. The same seed and message give the same
 * outcome, before and after a restart; only a repeated write draws again, or it could never arrive.
 */
export function outcome(seed: string, waId: string, again: number, rates: Rates, delays: Delays): Stage[] {
  const hash = createHash("sha256").update(`${seed}\0${waId}\0${again}`).digest();
  const draw = (at: number): number => hash.readUInt32BE(at * 4) / 2 ** 32;
  const within = ({ min, max }: Span, at: number): number => min + (max - min) * draw(at);

  const fate = draw(0);
  const failed = (code: SendReason): Stage[] => [{ rank: "failed", delay: within(delays.ack, 1), code }];
  if (fate < rates.nack) return failed("nack");
  if (fate < rates.nack + rates.unacked) return [];

  const stages: Stage[] = [{ rank: "server_ack", delay: within(delays.ack, 1) }];
  if (draw(2) < rates.undelivered) return stages;
  stages.push({ rank: "delivered", delay: within(delays.delivered, 3) });
  if (draw(4) < rates.unread) return stages;
  stages.push({ rank: "read", delay: within(delays.read, 5) });
  const mood = draw(6);
  if (mood < rates.opt_out) stages.push({ rank: "reply", delay: within(delays.reply, 7), text: "SAIR" });
  else if (mood < rates.opt_out + rates.reply) {
    const text = ANSWERS[Math.floor(draw(7) * ANSWERS.length)] ?? "Oi";
    stages.push({ rank: "reply", delay: within(delays.reply, 7), text });
  }
  return stages;
}
