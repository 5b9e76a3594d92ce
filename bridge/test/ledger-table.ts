import { sha256, type Row } from "../src/judgement.js";

export const TEXT = "Olá, Bruno";
export const TO = "+5511987654321";

export function row(state: Row["state"], claimNo: number, more: Partial<Row> = {}): Row {
  const wasWritten = state === "writing" || state === "written" || state === "acked";
  return { state, claimNo, fence: 0, doubt: false, ...(wasWritten ? { to: TO, sha256: sha256(TEXT) } : {}), ...more };
}

export const retryable = row("refused", 3, { code: "not_connected", retryable: true });
const final = row("refused", 3, { code: "nack", retryable: false });

/** R3, R5, for every ledger: rule, row before, claim, again, outcome of the send. */
export const SENDS: [string, Row | undefined, number, number, string][] = [
  ["there is no row", undefined, 1, 0, "write"],
  ["the row is void and the claim above its fence", row("void", 0, { fence: 3 }), 4, 0, "write"],
  ["not: the claim is the fence", row("void", 0, { fence: 3 }), 3, 0, "void 3"],
  ["not: the claim is below the fence", row("void", 2, { fence: 3 }), 1, 0, "void 3"],
  ["it was refused for a passing reason with a lower claim", retryable, 4, 0, "write"],
  ["not: the same refused claim comes late", retryable, 3, 0, "refused_retryable 3 not_connected"],
  ["not: it was refused for good", final, 9, 0, "refused 3 nack"],
  ["not: it is written", row("written", 3), 4, 0, "written 3"],
  ["it is written and the command says again = that claim", row("written", 3), 4, 3, "write"],
  ["not: again names another claim", row("written", 3), 4, 2, "written 3"],
  ["not: again, yet below the fence", row("written", 3, { fence: 5 }), 5, 3, "written 3"],
  ["not: again with the written claim itself", row("written", 3), 3, 3, "accepted again"],
  ["not: an older claim than the written one", row("written", 3), 2, 0, "written 3"],
  ["not: it is acked", row("acked", 3), 4, 0, "acked 3"],
  ["not: it is acked, also with again", row("acked", 3), 4, 3, "acked 3"],
  ["not: it may be written", row("writing", 3), 4, 0, "writing 3"],
  ["not: the very claim that may be written", row("writing", 3), 3, 0, "writing 3"],
  ["it may be written and the command says again = that claim", row("writing", 3), 4, 3, "write"],
  ["not: it is written and in doubt", row("written", 4, { doubt: true }), 5, 0, "written 4 doubt"],
];

/** R4, for every ledger: row before, state and claim of the answer to a question with claim 5. */
export const ASKS: [string, Row | undefined, string, number][] = [
  ["no row", undefined, "void", 5],
  ["void", row("void", 1, { fence: 1 }), "void", 5],
  ["written", row("written", 3), "written", 3],
  ["acked", row("acked", 3), "acked", 3],
  ["refused for now", retryable, "refused_retryable", 5],
  ["refused for good", final, "refused", 5],
  ["writing", row("writing", 3), "writing", 3],
];
