"""The engine's moves: dispatch (messages/outbox.py), ask (ask.py), a person's verbs, receipts (settle.py)."""

from __future__ import annotations

from tests.model.state import (
    INCARNATION,
    MOST_CLAIMS,
    OPEN,
    RANK,
    Command,
    Event,
    Move,
    Moves,
    Rules,
    State,
)


def moves(s: State, on: Rules) -> Moves:
    yield from _dispatch(s, on)
    yield from _sweep(s, on)
    yield from _person(s, on)
    for event in s.outbox:
        after = apply(s, event, on)
        what = f"engine applies {event.kind}({event.claim_no})"
        yield Move(what, fault=False, after=after._replace(outbox=s.outbox - {event}))
        yield Move(f"{what}, told twice", fault=True, after=after)


def is_spent(s: State) -> bool:
    """Pending with no attempt left: the bound of the model, not of the product."""
    return s.row.state == "pending" and s.row.claim_no % INCARNATION >= MOST_CLAIMS


def _dispatch(s: State, on: Rules) -> Moves:
    row = s.row
    may_claim = row.state == "pending" and not s.holds_slot and not row.wish and len(s.hands) < 2
    if may_claim and not is_spent(s):
        is_early = "checkpoint_first" in on
        claimed = row._replace(
            state="server_ack" if is_early else "sending",
            claim_no=row.claim_no + 1,
            ledger_id=s.ledger_id,
        )
        send = Command("send", claimed.claim_no, row.again, s.ledger_id)
        after = s._replace(row=claimed, holds_slot=not is_early, hands=s.hands | {send})
        yield Move(f"dispatcher commits claim {claimed.claim_no}", fault=False, after=after)
    for send in s.hands:
        left = s._replace(hands=s.hands - {send})
        yield Move(
            f"dispatcher hands over send {send.claim_no}",
            fault=False,
            after=left._replace(commands=s.commands | {send}),
        )
        yield Move(f"dispatcher dies holding send {send.claim_no}", fault=True, after=left)


def _sweep(s: State, on: Rules) -> Moves:
    row = s.row
    ask = Command("ask", row.claim_no, 0, row.ledger_id)
    if row.state not in OPEN or ask in s.commands or "nobody_asks" in on:
        return
    if row.ledger_id != s.ledger_id:
        yield Move("sweeper: another ledger", fault=False, after=settle(s, "unknown", row.claim_no))
    else:
        yield Move(
            f"sweeper asks {row.claim_no}",
            fault=False,
            after=s._replace(commands=s.commands | {ask}),
        )


def _person(s: State, on: Rules) -> Moves:
    row = s.row
    if row.state == "pending" and not row.wish:
        end = row._replace(state="unknown" if row.doubt else "cancelled", wish=True)
        after = s._replace(row=end, told_cancelled=s.told_cancelled or not row.doubt)
        yield Move("person cancels what is pending", fault=False, after=after)
    if row.state in OPEN and not row.wish:
        yield Move(
            "person cancels what is in flight",
            fault=False,
            after=s._replace(row=row._replace(wish=True)),
        )
    if row.state != "unknown":
        return
    if not s.asked_again and not row.wish:
        back = row._replace(state="pending", again=row.again or row.claim_no, doubt="doubt" in on)
        yield Move("person: send again", fault=False, after=s._replace(row=back, asked_again=1))
    for end_state in ("treated", "gave_up"):
        yield Move(
            f"person: {end_state}", fault=False, after=s._replace(row=row._replace(state=end_state))
        )


def settle(s: State, state: str, ledger_claim_no: int) -> State:
    """The row comes to rest, or back to pending, and the Channel is free (R1, R5)."""
    row, told = s.row, s.told_cancelled
    if row.doubt and (state == "failed" or (state == "pending" and row.wish)):
        state = "unknown"
    if state == "pending" and row.wish:
        state, told = "cancelled", True
    claim_no = max(row.claim_no, ledger_claim_no) if state == "pending" else row.claim_no
    again = ledger_claim_no if state == "unknown" else row.again
    settled = row._replace(state=state, claim_no=claim_no, again=again)
    return s._replace(row=settled, holds_slot=False, told_cancelled=told)


def apply(s: State, event: Event, on: Rules) -> State:
    """One event; everything but positive evidence names the claim it speaks of (R2)."""
    row, is_evidence = s.row, event.kind in ("acked", "delivered")
    if "high_water_mark" in on:
        if event.epoch and event.epoch < s.mark:
            return s._replace(mark=-1 if is_evidence and row.state not in RANK else s.mark)
        s = s._replace(mark=max(s.mark, event.epoch))
    if is_evidence:
        state = "server_ack" if event.kind == "acked" else "delivered"
        return settle(s, state, event.claim_no) if RANK.get(row.state, 0) < RANK[state] else s
    is_other = row.claim_no != event.claim_no and "engine_ignores_claim_no" not in on
    if is_other or event.ledger_id != row.ledger_id:
        return s
    if event.kind == "accepted":
        lifts = row.state == "sending" or (
            row.state == "unknown" and "accepted_lifts_unknown" in on
        )
        return s._replace(row=row._replace(state="accepted")) if lifts else s
    if row.state not in (*OPEN, "unknown") or (row.state == "unknown" and event.kind == "doubt"):
        return s
    becomes = {"doubt": "unknown", "void": "pending", "retryable": "pending", "refused": "failed"}
    return settle(s, becomes[event.kind], event.ledger_claim_no)
