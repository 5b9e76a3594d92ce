import { describe, expect, it } from "vitest";
import type { MessageAsk, MessageSend } from "../src/commands.js";
import { applyMove, judgeAsk, judgeSend, mayRefuse, type Row } from "../src/judgement.js";
import { ASKS, retryable, row, SENDS, TEXT, TO } from "./ledger-table.js";

const LEDGER = "ledger-of-alfa";
const NOW = new Date("2026-03-02T12:00:00Z");
const HEAD = { v: 1 as const, id: "1", at: NOW.toISOString(), channel: "c", company: "alfa" };

const send = (claim_no: number, more: Partial<MessageSend["data"]> = {}): MessageSend => ({
  ...HEAD,
  type: "message.send",
  data: {
    wa_id: "3EB0AA",
    to: TO,
    content: { text: TEXT },
    typing_ms: 0,
    claim_no,
    again: 0,
    ledger_id: LEDGER,
    expires_at: "2026-03-02T12:00:30Z",
    ...more,
  },
});
const ask = (claim_no: number, ledger_id: string | null = LEDGER): MessageAsk => ({
  ...HEAD,
  type: "message.ask",
  data: { wa_id: "3EB0AA", claim_no, ledger_id },
});
function judged(before: Row | undefined, command: MessageSend, connected = true): { outcome: string; after: Row | undefined } {
  const verdict = judgeSend(before, command, { ledgerId: LEDGER, connected, now: NOW });
  if ("write" in verdict) return { outcome: "write", after: applyMove(before, verdict.write) };
  if ("repeat" in verdict) return { outcome: "accepted again", after: before };
  const after = verdict.move === undefined ? before : applyMove(before, verdict.move);
  const { state, ledger_claim_no, code, doubt } = verdict.answer(after);
  return { outcome: [state, ledger_claim_no, code, doubt ? "doubt" : undefined].filter((one) => one !== undefined).join(" "), after };
}

describe("R3, R5: a send is written only if", () => {
  it.each(SENDS)("%s", (_, before, claim, again, outcome) => {
    expect(judged(before, send(claim, { again })).outcome).toBe(outcome);
  });

  it("again over a write sets doubt until an ack, and doubt is never called refused", () => {
    const { after } = judged(row("written", 3), send(4, { again: 3 }));
    expect(after).toMatchObject({ state: "writing", claimNo: 4, doubt: true });
    expect(mayRefuse(after, 4)).toBe(false);
    expect(applyMove(after, { t: "acked", claim_no: 3 })).toMatchObject({ state: "acked", doubt: false });
  });

  it("a nack counts only for the claim that is written", () => {
    expect(mayRefuse(row("written", 3), 3)).toBe(true);
    expect(mayRefuse(row("written", 4), 3)).toBe(false);
    expect(mayRefuse(row("acked", 3), 3)).toBe(false);
  });

  it.each<[string, Partial<MessageSend["data"]>]>([
    ["recipient", { to: "+5511900000000" }],
    ["body", { content: { text: "outro texto" } }],
  ])("the same id with another %s is refused whatever the claim", (_, other) => {
    expect(judged(retryable, send(4, other)).outcome).toBe("write");
    expect(judged(row("acked", 3), send(4, other)).outcome).toBe("refused 3 content_mismatch");
    expect(judged(row("written", 3), send(4, { ...other, again: 3 })).outcome).toBe("refused 3 content_mismatch doubt");
  });
});

describe("a send that may not leave now", () => {
  const late = { expires_at: "2026-03-02T12:00:00Z" };

  it("too late is void, and stays unwritten when a copy comes", () => {
    const { outcome, after } = judged(undefined, send(1, late));
    expect(outcome).toBe("void 1 expired");
    expect(judged(after, send(1)).outcome).toBe("void 1");
    expect(judged(after, send(2)).outcome).toBe("write");
  });

  it("without a session it is refused for now, the fence untouched, and a copy stays unwritten", () => {
    const { outcome, after } = judged(undefined, send(1), false);
    expect(outcome).toBe("refused_retryable 1 not_connected");
    expect(after?.fence).toBe(0);
    expect(judged(after, send(1)).outcome).toBe("refused_retryable 1 not_connected");
    expect(judged(after, send(2)).outcome).toBe("write");
  });

  it.each<[string, Partial<MessageSend["data"]>, boolean]>([
    ["too late", late, true],
    ["without a session", {}, false],
  ])("%s over a write it is neither void nor refused, only fenced", (_, more, connected) => {
    const { outcome, after } = judged(row("written", 3), send(4, { again: 3, ...more }), connected);
    expect(outcome).toMatch(/^written 3/);
    expect(judged(after, send(4, { again: 3 })).outcome).toBe("written 3");
    expect(judged(after, send(5, { again: 3 })).outcome).toBe("write");
  });
});

describe("R4: asking fences whatever the state", () => {
  it.each(ASKS)("%s", (_, before, state, ledgerClaim) => {
    const { move, answer } = judgeAsk(ask(5), LEDGER);
    const after = move === undefined ? before : applyMove(before, move);
    expect(after?.fence).toBe(5);
    expect(answer(after)).toMatchObject({ state, ledger_claim_no: ledgerClaim });
    expect(judged(after, send(5)).outcome).not.toBe("write");
  });

  it("a fence never falls", () => {
    const { move } = judgeAsk(ask(2), LEDGER);
    expect(move && applyMove(row("void", 0, { fence: 7 }), move).fence).toBe(7);
  });
});

describe("R8: a ledger that is not the one named", () => {
  it.each([undefined, row("void", 1, { fence: 1 }), row("written", 1)])("neither writes nor says void (%j)", (before) => {
    expect(judged(before, send(2, { ledger_id: LEDGER, again: before?.claimNo ?? 0 })).outcome).toBe("write");
    expect(judged(before, send(2, { ledger_id: "another", again: 1 })).outcome).toMatch(/^writing . other_ledger doubt$/);
    const { move, answer } = judgeAsk(ask(2, "another"), LEDGER);
    expect(move).toBeUndefined();
    expect(answer(before)).toMatchObject({ state: "writing", doubt: true, code: "other_ledger" });
  });

  it("an ack it has seen is still the truth", () => {
    expect(judgeAsk(ask(2, "another"), LEDGER).answer(row("acked", 1))).toMatchObject({ state: "acked" });
  });

  it("an app that does not know the ledger yet is served", () => {
    expect(judged(undefined, send(1, { ledger_id: null })).outcome).toBe("write");
  });
});
