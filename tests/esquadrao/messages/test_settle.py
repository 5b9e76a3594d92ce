"""The protocol of one message, rule by rule."""

from __future__ import annotations

import pytest

from esquadrao.messages.models import MessageState as S
from esquadrao.messages.settle import Event, Row, after

LEDGER = "ledger-1"


def event(kind: str, claim_no: int = 1, **more: object) -> Event:
    return Event(kind=kind, ledger_id=LEDGER, claim_no=claim_no, **more)  # type: ignore[arg-type]


def known(state: str, claim_no: int = 1, **more: object) -> Event:
    return event("known", claim_no, known=state, **more)


SENDING = Row(S.SENDING, claim_no=1)


@pytest.mark.parametrize(
    "state", [S.PENDING, S.SENDING, S.ACCEPTED, S.UNKNOWN, S.CANCELLED, S.FAILED]
)
@pytest.mark.parametrize("rank", ["server_ack", "delivered", "read"])
def test_evidence_lifts_any_state(state: S, rank: str) -> None:
    assert after(Row(state, claim_no=3), event(rank, 1)).state == rank


@pytest.mark.parametrize(
    ("rank", "event_rank"), [(S.READ, "delivered"), (S.DELIVERED, "server_ack"), (S.READ, "read")]
)
def test_d09_a_rank_never_falls(rank: S, event_rank: str) -> None:
    row = Row(rank, claim_no=1)
    assert after(row, event(event_rank)) is row


@pytest.mark.parametrize(
    "late", [event("failed", code="nack"), known("void"), known("written"), event("accepted")]
)
def test_after_an_ack_nothing_but_a_higher_rank_counts(late: Event) -> None:
    row = Row(S.SERVER_ACK, claim_no=1, ledger_id=LEDGER)
    assert after(row, late) is row


def test_an_answer_for_another_attempt_changes_nothing() -> None:
    row = Row(S.SENDING, claim_no=2)
    for old in (event("accepted", 1), event("failed", 1), known("void", 1), known("written", 1)):
        assert after(row, old) is row


def test_when_the_ledger_is_lost_another_ones_answer_makes_it_unknown_and_never_void() -> None:
    row = Row(S.SENDING, claim_no=1, ledger_id="a-ledger-that-was-lost")
    lost = after(row, known("writing", code="other_ledger", doubt=True))
    assert (lost.state, lost.code) == (S.UNKNOWN, "other_ledger")
    for said in ("void", "refused", "refused_retryable"):
        assert after(row, known(said)) == row


def test_an_answer_of_another_ledger_changes_nothing() -> None:
    row = Row(S.SENDING, claim_no=1, ledger_id="an-older-ledger")
    assert after(row, known("void")) is row


def test_void_brings_it_back_above_both_claims() -> None:
    row = after(SENDING, known("void", ledger_claim_no=4))
    assert (row.state, row.claim_no) == (S.PENDING, 4)


def test_void_confirms_a_cancel() -> None:
    row = after(Row(S.SENDING, claim_no=1, is_being_cancelled=True), known("void"))
    assert row.state is S.CANCELLED


def test_what_was_written_and_not_acknowledged_is_unknown_never_pending() -> None:
    for state in ("writing", "written"):
        assert after(SENDING, known(state)).state is S.UNKNOWN


def test_with_doubt_no_answer_means_void_or_failed() -> None:
    row = Row(S.SENDING, claim_no=2, doubt=True)
    for answer in (
        known("void", 2),
        known("refused", 2),
        event("failed", 2),
        known("refused_retryable", 2),
    ):
        assert after(row, answer).state is S.UNKNOWN


def test_accepted_never_lifts_unknown() -> None:
    row = Row(S.UNKNOWN, claim_no=1)
    assert after(row, event("accepted")) is row


def test_a_late_void_resolves_unknown() -> None:
    assert after(Row(S.UNKNOWN, claim_no=1), known("void")).state is S.PENDING


def test_a_nack_fails_with_its_code() -> None:
    row = after(Row(S.ACCEPTED, claim_no=1), event("failed", code="not_on_whatsapp"))
    assert (row.state, row.code) == (S.FAILED, "not_on_whatsapp")
