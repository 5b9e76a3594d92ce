"""What one event makes of one message: the protocol of handover.md as a pure function.

`after(row, event)` answers the row as it must become, or the same row when the event changes nothing: it names a
claim_no or a ledger that is not the row's, comes too late, or says less than is known. Positive evidence (an ack, a
receipt) lifts any state; everything else must name the attempt it speaks of (R2).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from esquadrao.messages.failures import MOST_RETRIES, ErrorClass, canonical, class_of, is_free
from esquadrao.messages.models import MessageState

S = MessageState
RANK = {S.SERVER_ACK: 1, S.DELIVERED: 2, S.READ: 3, S.PLAYED: 4}
HANDED_OVER = (S.SENDING, S.ACCEPTED)
UNDECIDED = (S.SENDING, S.ACCEPTED, S.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Row:
    """The part of a Message the protocol reads and writes."""

    state: MessageState
    claim_no: int
    again: int = 0
    ledger_id: str | None = None
    doubt: bool = False
    is_being_cancelled: bool = False
    code: str = ""
    retries: int = 0  # tries WhatsApp itself turned away for now


@dataclass(frozen=True, slots=True)
class Event:
    """One `message.*` event; `kind` is its type, or for a status its rank."""

    kind: str  # accepted · server_ack delivered read played · failed · known
    ledger_id: str
    claim_no: int
    ledger_claim_no: int = 0
    known: str = ""  # void · writing · written · acked · refused_retryable · refused
    code: str = ""
    is_retryable: bool = False
    doubt: bool = False


def after(row: Row, event: Event) -> Row:
    """The row after the event. Never lowers a rank (R12)."""
    if event.kind in RANK:
        return _risen(row, S(event.kind))
    if event.known == "acked":
        return _risen(row, S.SERVER_ACK)
    if event.claim_no != row.claim_no:
        return row
    if row.ledger_id not in (None, event.ledger_id):
        return _of_another_ledger(row, event)
    if event.kind == "accepted":
        return (
            replace(row, state=S.ACCEPTED, ledger_id=event.ledger_id)
            if row.state is S.SENDING
            else row
        )
    return (
        _settled(replace(row, ledger_id=event.ledger_id), event) if row.state in UNDECIDED else row
    )


def _of_another_ledger(row: Row, event: Event) -> Row:
    """The one that was asked for is gone. Another cannot say that nothing was written, only that nobody knows (R8)."""
    if event.known in ("writing", "written") and row.state in UNDECIDED:
        return _unknown(row, event.code or "other_ledger")
    return row


def _settled(row: Row, event: Event) -> Row:
    """A nack, or what the ledger says of an attempt nobody has decided yet."""
    if event.known == "void":
        return _returned(row, event)
    if event.known == "refused_retryable" or (event.kind == "failed" and event.is_retryable):
        return _tried_later(row, event)
    if event.known == "refused" or event.kind == "failed":
        return _failed(row, event)
    return _unknown(row, event.code or "no_ack", written=event.ledger_claim_no)


def _tried_later(row: Row, event: Event) -> Row:
    """The same id again, as often as its class allows: 463 never, and nothing for ever."""
    if is_free(event.code):
        return _returned(row, event)
    if class_of(event.code, is_retryable=True) is not ErrorClass.RETRY or (
        row.retries >= MOST_RETRIES
    ):
        return _failed(row, event)
    return _returned(row, event, code=canonical(event.code), retries=row.retries + 1)


def _risen(row: Row, state: MessageState) -> Row:
    if RANK.get(row.state, 0) >= RANK[state]:
        return row
    return replace(row, state=state, code="", doubt=False, is_being_cancelled=False)


def _returned(row: Row, event: Event, *, code: str = "", retries: int | None = None) -> Row:
    """Nothing was written: back to the queue, or cancelled if that was asked. With doubt nobody may say so (R3)."""
    if row.doubt or event.doubt:
        return _unknown(row, "doubt")
    claim_no = max(row.claim_no, event.ledger_claim_no)  # R5: the next attempt is above both
    if row.is_being_cancelled:
        return replace(row, state=S.CANCELLED, claim_no=claim_no, is_being_cancelled=False)
    spent = row.retries if retries is None else retries
    return replace(row, state=S.PENDING, claim_no=claim_no, again=0, code=code, retries=spent)


def withdrawn(*, is_in_doubt: bool) -> MessageState:
    """What becomes of a pending Message that must not leave any more (R7)."""
    return S.UNKNOWN if is_in_doubt else S.CANCELLED


def _failed(row: Row, event: Event) -> Row:
    if row.doubt or event.doubt:
        return _unknown(row, "doubt")
    code = canonical(event.code) or "refused"
    return replace(row, state=S.FAILED, code=code, is_being_cancelled=False)


def _unknown(row: Row, code: str, *, written: int = 0) -> Row:
    """It may have been written: only a late receipt or a person decides (R6).

    `written` is the attempt the ledger holds: another try must name it (R3), whatever was asked for since.
    """
    if row.state is S.UNKNOWN:
        return row
    return replace(row, state=S.UNKNOWN, code=code, again=written or row.again)
