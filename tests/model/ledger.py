"""What the ledger says, takes and fences: judgeSend, judgeAsk, applyLine and mayRefuse of simulator/ledger.ts."""

from __future__ import annotations

from tests.model.state import Command, Ledger, Rules

OVER = ("writing", "written")


def answer(ledger: Ledger, claim_no: int, on: Rules) -> str:
    """What the ledger says of itself; "doubt" also stands for written with no ack in time."""
    if ledger.state in OVER:
        return "void" if "gone_socket_means_void" in on and ledger.state == "writing" else "doubt"
    if ledger.state == "acked":
        return "acked"
    if ledger.doubt:
        return "doubt"
    is_old = ledger.claim_no < claim_no and "fence_all" in on
    if ledger.state == "refused" or (ledger.state == "retryable" and not is_old):
        return ledger.state
    return "void"


def may_write(ledger: Ledger, send: Command, on: Rules) -> bool:
    if "ledger_ignores_claim_no" in on:
        return ledger.state in ("none", "void", "retryable")
    if send.claim_no <= ledger.fence:
        return False
    if ledger.state in ("none", "void", "retryable"):
        return send.claim_no > ledger.claim_no or ledger.state == "none"
    return ledger.state in OVER and send.again == ledger.claim_no and send.again > 0


def fence(ledger: Ledger, claim_no: int, on: Rules) -> Ledger:
    """What asking leaves behind: no attempt up to `claim_no` is ever written again (R4)."""
    if "ask_does_not_void" in on:
        return ledger
    if ledger.state == "none":
        return Ledger("void", claim_no, claim_no, ledger.doubt)
    return ledger._replace(fence=max(ledger.fence, claim_no)) if "fence_all" in on else ledger
