"""Redis emptied, or a database set back to an older copy (R8)."""

from __future__ import annotations

from tests.model.state import INCARNATION, Ledger, Move, Moves, Row, Rules, State


def moves(s: State, on: Rules) -> Moves:
    if s.commands:
        yield Move("FLUSHALL", fault=True, after=s._replace(commands=frozenset()))
    if s.row.claim_no == 0 or s.row.claim_no >= INCARNATION or s.ledger_id > 1:
        return  # one restore is enough to lose a world
    for old in (Row(), Row("sending", 1, 1)):
        yield Move(
            f"engine restored to {old.state}", fault=True, after=_engine_restored(s, old, on)
        )
        yield Move(f"all restored to {old.state}", fault=True, after=_all_restored(s, old, on))


def _engine_restored(s: State, old: Row, on: Rules) -> State:
    row, holds_slot = old, old.state == "sending"
    if "restore_engine" in on:
        row = old._replace(
            state="checking", claim_no=old.claim_no + INCARNATION, ledger_id=s.ledger_id
        )
        holds_slot = False
    # The restored sequence gives this id to another person, who got nothing yet.
    writes = () if "id_from_sequence" in on else s.writes
    return s._replace(row=row, holds_slot=holds_slot, writes=writes, mark=0, told_cancelled=False)


def _all_restored(s: State, old: Row, on: Rules) -> State:
    row = old
    if old.state == "sending" or "restore_all" in on:
        row = row._replace(state="unknown", again=0, doubt="doubt" in on)
    if "restore_all" in on:
        row = row._replace(claim_no=row.claim_no + INCARNATION)
    return s._replace(
        row=row,
        holds_slot=False,
        ledger=Ledger(),
        ledger_id=s.ledger_id + 1,
        outbox=frozenset(),
        mark=0,
        told_cancelled=False,
    )
