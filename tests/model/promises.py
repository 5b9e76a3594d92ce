"""What every single step must keep, and how the moves of all processes are put together."""

from __future__ import annotations

from collections.abc import Iterator

from tests.model import bridge, disasters, engine
from tests.model.state import ENDS, RANK, Move, Moves, Rules, State


def moves(s: State, on: Rules) -> Moves:
    yield from engine.moves(s, on)
    yield from disasters.moves(s, on)
    for i in range(len(s.bridges)):
        yield from bridge.moves(s, i, on)


def broken(s: State, move: Move) -> Iterator[str]:
    t = move.after
    has_written = len(t.writes) > len(s.writes)
    out = [fate for _, fate in t.writes if fate in ("ok", "dropped")]
    if has_written and len(out) > 1 + t.asked_again:
        yield "at most one write"
    if has_written and t.told_cancelled:
        yield "no write after a confirmed cancel"
    if t.row.state in ("cancelled", "failed") and s.row.state != t.row.state and out:
        yield "never failed or cancelled with a write outstanding"
    if t.mark < 0 or (t.row.state in RANK and not any(fate == "ok" for _, fate in t.writes)):
        yield "no loss"
    if t.row.state in ("sending", "accepted") and not t.holds_slot:
        yield "one in flight"
    if RANK.get(s.row.state, 0) > RANK.get(t.row.state, 0) and "restored" not in move.label:
        yield "ranks only rise"


def is_at_rest(s: State) -> bool:
    """An end that is shown, or the bound of the model."""
    return s.row.state in ENDS or engine.is_spent(s)


def is_of_itself(move: Move) -> bool:
    """Needs no fault, no person and no receipt: it comes because processes run."""
    return not (move.fault or move.label.startswith("person") or "receipt" in move.label)
