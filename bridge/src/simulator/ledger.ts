import { createHash } from "node:crypto";
import type { Content, MessageAsk, MessageSend } from "../commands.js";
import type { KnownState } from "../events.js";
import { REASONS, type SendReason } from "../reasons.js";
import type { RowLine, WriteLine } from "./lines.js";

/** What "WhatsApp" and this ledger know of one message of one channel. */
export interface Row {
  state: "void" | "written" | "acked" | "refused";
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

export interface Answer {
  state: KnownState;
  ledger_claim_no: number;
  code?: string;
  doubt: boolean;
}

/** `repeat`: this very claim is already written; saying "accepted" again is true and enough. */
export type Verdict = { write: WriteLine } | { repeat: true } | { line?: RowLine; answer: (row: Row | undefined) => Answer };

export interface Circumstances {
  ledgerId: string;
  connected: boolean;
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

/** May this send be written? (R3, R4, R5, R8) Pure: whoever calls records the line and sends the answer. */
export function judgeSend(row: Row | undefined, command: MessageSend, { ledgerId, connected, now }: Circumstances): Verdict {
  const { channel, company, data } = command;
  const { wa_id, claim_no, to } = data;
  if (isForeign(data.ledger_id, ledgerId)) return { answer: answerForeign };
  const hash = contentHash(data.content);
  if (row?.sha256 !== undefined && (row.sha256 !== hash || row.to !== to)) {
    const doubt = row.doubt || row.state === "written";
    return { answer: () => ({ ...known(row, "content_mismatch"), state: "refused", doubt }) };
  }
  if (row?.state === "written" && row.claimNo === claim_no) return { repeat: true };
  if (!mayWrite(row, claim_no, data.again)) return { answer: (now) => known(now) };
  const of = { channel, wa_id, claim_no };
  const late = Date.parse(data.expires_at) <= now.getTime();
  if (late || !connected) {
    const code: SendReason = late ? "expired" : "not_connected";
    // Over a write that is in doubt nothing may be called void or refused: the claim is only fenced.
    if (row?.state === "written") return { line: { t: "fence", ...of }, answer: (now) => known(now, code) };
    if (late) return { line: { t: "void", ...of }, answer: (now) => known(now, code) };
    // Recorded, so that a late copy of this same command stays unwritten after the app moved on.
    return { line: { t: "refused", ...of, code, retryable: REASONS[code].retryable }, answer: (now) => known(now) };
  }
  const text = data.content.text ?? "";
  const at = now.toISOString();
  return { write: { t: "write", channel, company, wa_id, to, text, sha256: hash, claim_no, again: data.again, at } };
}

/** Asking fences, whatever the state (R4); another ledger's question changes nothing (R8). */
export function judgeAsk(command: MessageAsk, ledgerId: string): Extract<Verdict, { answer: unknown }> {
  const { channel, data } = command;
  if (isForeign(data.ledger_id, ledgerId)) return { answer: answerForeign };
  return { line: { t: "fence", channel, wa_id: data.wa_id, claim_no: data.claim_no }, answer: (row) => known(row) };
}

/** The row after a line. Live and at boot alike: what is in memory is what the file says. */
export function applyLine(row: Row | undefined, line: RowLine): Row {
  const next: Row = row ?? { state: "void", claimNo: 0, fence: 0, doubt: false };
  const claimNo = line.claim_no;
  switch (line.t) {
    case "fence":
      return { ...next, fence: Math.max(next.fence, claimNo) };
    case "void":
      return { ...next, state: "void", claimNo, fence: Math.max(next.fence, claimNo) };
    case "refused":
      return { ...next, state: "refused", claimNo, code: line.code, retryable: line.retryable };
    case "acked":
      return { ...next, state: "acked", doubt: false };
    case "write": {
      const doubt = next.doubt || next.state === "written";
      return { state: "written", claimNo, fence: next.fence, doubt, to: line.to, sha256: line.sha256 };
    }
  }
}

/** What WhatsApp said counts only for the claim it answers, and never against a doubt (R6, R3). */
export function mayRefuse(row: Row | undefined, claimNo: number): boolean {
  return row?.state === "written" && row.claimNo === claimNo && !row.doubt;
}

function mayWrite(row: Row | undefined, claimNo: number, again: number): boolean {
  if (row === undefined) return true;
  if (claimNo <= row.fence || claimNo <= row.claimNo) return false;
  if (row.state === "void") return true;
  if (row.state === "refused") return row.retryable === true;
  return row.state === "written" && again === row.claimNo;
}

function known(row: Row | undefined, because?: SendReason): Answer {
  if (row === undefined) throw new Error("a ledger never answers about a row it does not have");
  const refused = row.retryable === true ? "refused_retryable" : "refused";
  // `again` must name the claim that was written; after anything else the app goes on above the fence.
  const written = row.state === "written" || row.state === "acked";
  const code = because ?? (row.state === "refused" ? row.code : undefined);
  return {
    state: row.state === "refused" ? refused : row.state,
    ledger_claim_no: written ? row.claimNo : Math.max(row.claimNo, row.fence),
    ...(code === undefined ? {} : { code }),
    doubt: row.doubt,
  };
}

/** What another ledger wrote cannot be known here: "it may have been written", unless ours knows the ack. */
function answerForeign(row: Row | undefined): Answer {
  if (row?.state === "acked") return known(row);
  return { state: "writing", ledger_claim_no: row?.claimNo ?? 0, code: "other_ledger", doubt: true };
}

function isForeign(given: string | null, ledgerId: string): boolean {
  return given !== null && given !== ledgerId;
}
