import { createHash } from "node:crypto";
import type { Content, MessageAsk, MessageSend } from "./commands.js";
import type { KnownState } from "./events.js";
import { REASONS, type SendReason } from "./reasons.js";

/** What a ledger knows of one message of one channel. `writing`: it may have been written, or may still be. */
export interface Row {
  state: "void" | "writing" | "written" | "acked" | "refused";
  claimNo: number;
  /** No claim up to this one is ever written. */
  fence: number;
  /** It may have been written twice: until an ack no answer is void or refused. */
  doubt: boolean;
  to?: string;
  sha256?: string;
  code?: string;
  retryable?: boolean;
}

/** What changes a row. */
export type Move =
  | { t: "write"; claim_no: number; to: string; sha256: string }
  /** It has left for the socket. */
  | { t: "written"; claim_no: number }
  /** Somebody asked: no claim up to this one is ever written any more. */
  | { t: "fence"; claim_no: number }
  /** A claim that came too late: it is given up as never written. */
  | { t: "void"; claim_no: number }
  | { t: "refused"; claim_no: number; code: string; retryable: boolean }
  | { t: "acked"; claim_no: number };
export type Write = Extract<Move, { t: "write" }>;
/** What nothing was written by. */
export type Settling = Exclude<Move, { t: "write" | "written" }>;

export interface Answer {
  state: KnownState;
  ledger_claim_no: number;
  code?: string;
  doubt: boolean;
}

/** Nothing is written: the row after `move`, if there is one, makes the answer. */
export interface Answered {
  move?: Settling;
  answer: (row: Row | undefined) => Answer;
}
/** `repeat`: this very claim is already written; saying "accepted" again is true and enough. */
export type Verdict = { write: Write } | { repeat: true } | Answered;

export interface Circumstances {
  ledgerId: string;
  connected: boolean;
  /** What keeps a connected session from writing it. */
  hindrance?: SendReason;
  now: Date;
}

export function sha256(text: string): string {
  return createHash("sha256").update(text, "utf8").digest("hex");
}

/** What the ledger compares (R3): of a plain text the text alone, else every part in one order. */
export function contentHash({ text, media, quote }: Content): string {
  if (media === undefined && quote === undefined) return sha256(text ?? "");
  return sha256(JSON.stringify([text ?? null, media?.kind, media?.key, media?.type, media?.name, quote?.wa_id]));
}

/** May this send be written? (R3, R4, R5, R8) Pure: whoever calls records the move and sends the answer. */
export function judgeSend(row: Row | undefined, { data }: MessageSend, { ledgerId, connected, hindrance, now }: Circumstances): Verdict {
  const { claim_no, to } = data;
  if (isForeign(data.ledger_id, ledgerId)) return { answer: answerForeign };
  const hash = contentHash(data.content);
  if (row?.sha256 !== undefined && (row.sha256 !== hash || row.to !== to)) {
    const doubt = row.doubt || isOpen(row);
    return { answer: () => ({ ...known(row, "content_mismatch"), state: "refused", doubt }) };
  }
  if (row?.state === "written" && row.claimNo === claim_no) return { repeat: true };
  if (!mayWrite(row, claim_no, data.again)) return { answer: (now) => known(now) };
  const late = Date.parse(data.expires_at) <= now.getTime();
  if (late || !connected || hindrance !== undefined) {
    const code: SendReason = late ? "expired" : (hindrance ?? "not_connected");
    // Over a write that is in doubt nothing may be called void or refused: the claim is only fenced.
    if (row !== undefined && isOpen(row)) return { move: { t: "fence", claim_no }, answer: (now) => known(now, code) };
    if (late) return { move: { t: "void", claim_no }, answer: (now) => known(now, code) };
    // Recorded, so that a late copy of this same command stays unwritten after the app moved on.
    return { move: { t: "refused", claim_no, code, retryable: REASONS[code].retryable }, answer: (now) => known(now) };
  }
  return { write: { t: "write", claim_no, to, sha256: hash } };
}

/** Asking fences, whatever the state (R4); another ledger's question changes nothing (R8). */
export function judgeAsk({ data }: MessageAsk, ledgerId: string): Answered {
  if (isForeign(data.ledger_id, ledgerId)) return { answer: answerForeign };
  return { move: { t: "fence", claim_no: data.claim_no }, answer: (row) => known(row) };
}

/** The row after a move: one fold for a file's lines and for a table's row. */
export function applyMove(row: Row | undefined, move: Move): Row {
  const next: Row = row ?? { state: "void", claimNo: 0, fence: 0, doubt: false };
  const claimNo = move.claim_no;
  switch (move.t) {
    case "fence":
      return { ...next, fence: Math.max(next.fence, claimNo) };
    case "void":
      return { ...next, state: "void", claimNo, fence: Math.max(next.fence, claimNo) };
    case "refused":
      return { ...next, state: "refused", claimNo, code: move.code, retryable: move.retryable };
    case "acked":
      return { ...next, state: "acked", doubt: false };
    case "written":
      return { ...next, state: "written" };
    case "write":
      return { state: "writing", claimNo, fence: next.fence, doubt: next.doubt || isOpen(next), to: move.to, sha256: move.sha256 };
  }
}

/**
 * A nack counts only for the claim it answers, and never against a doubt (R6, R3). The same holds
 * for a claim that its own bridge takes back before it wrote.
 */
export function mayRefuse(row: Row | undefined, claimNo: number): row is Row {
  return row !== undefined && isOpen(row) && row.claimNo === claimNo && !row.doubt;
}

/** What a ledger answers about a row it has. */
export function known(row: Row | undefined, because?: string): Answer {
  if (row === undefined) throw new Error("a ledger never answers about a row it does not have");
  const refused = row.retryable === true ? "refused_retryable" : "refused";
  // `again` must name the claim that was written; after anything else the app goes on above the fence.
  const written = isOpen(row) || row.state === "acked";
  const code = because ?? (row.state === "refused" ? row.code : undefined);
  return {
    state: row.state === "refused" ? refused : row.state,
    ledger_claim_no: written ? row.claimNo : Math.max(row.claimNo, row.fence),
    ...(code === undefined ? {} : { code }),
    doubt: row.doubt,
  };
}

/** Written, or perhaps written, and not answered by WhatsApp. */
function isOpen({ state }: Row): boolean {
  return state === "writing" || state === "written";
}

function mayWrite(row: Row | undefined, claimNo: number, again: number): boolean {
  if (row === undefined) return true;
  if (claimNo <= row.fence || claimNo <= row.claimNo) return false;
  if (row.state === "void") return true;
  if (row.state === "refused") return row.retryable === true;
  return isOpen(row) && again === row.claimNo;
}

/** What another ledger wrote cannot be known here: "it may have been written", unless ours knows the ack. */
function answerForeign(row: Row | undefined): Answer {
  if (row?.state === "acked") return known(row);
  return { state: "writing", ledger_claim_no: row?.claimNo ?? 0, code: "other_ledger", doubt: true };
}

function isForeign(given: string | null, ledgerId: string): boolean {
  return given !== null && given !== ledgerId;
}
