"""Breadth first over every interleaving, so that each trace that breaks a promise is a shortest one.

python -m tests.model.search [faults [states]]     the product's protocol with so many faults, whole or up to the bound
"""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from tests.model import bridge, disasters, engine
from tests.model.state import ENDS, PRODUCT, RANK, Move, Moves, Rules, State, initial


@dataclass
class Found:
    """States seen, whether that is all of them, and of each broken promise the shortest way to it."""

    states: int
    is_whole: bool
    broken: dict[str, list[str]] = field(default_factory=dict)


Parents = dict[State, tuple[State, str] | None]


def explore(
    on: Rules,
    faults: int,
    *,
    most: int | None = None,
    kinds: tuple[str, ...] = (),
    beginning: Sequence[str] = (),
) -> Found:
    """Stops at the first broken promise, or at `most` states.

    `kinds`: only faults with one of these words in their label. `beginning`: labels of moves walked first, without
    looking to the side.
    """
    start = initial(faults)
    for label in beginning:
        start = next(move.after for move in moves(start, on) if move.label == label)
    parents: Parents = {start: None}
    back: dict[State, list[State]] = {}
    todo = deque([start])
    while todo and (most is None or len(parents) < most):
        s = todo.popleft()
        for move in moves(s, on):
            if move.fault and kinds and not any(kind in move.label for kind in kinds):
                continue
            for promise in broken(s, move):
                return Found(
                    len(parents),
                    is_whole=False,
                    broken={promise: [*_trace(parents, s), move.label]},
                )
            if not move.fault and not move.label.startswith("person"):
                back.setdefault(move.after, []).append(s)
            if move.after not in parents:
                parents[move.after] = (s, move.label)
                todo.append(move.after)
    found = Found(len(parents), is_whole=not todo)
    stuck = _dead_end(parents, back, todo)
    if stuck is not None:
        found.broken["no dead end"] = _trace(parents, stuck)
    return found


def moves(s: State, on: Rules) -> Moves:
    every = (
        engine.moves(s, on),
        disasters.moves(s, on),
        bridge.moves(s, 0, on),
        bridge.moves(s, 1, on),
    )
    for some in every:
        for move in some:
            if move.fault and not s.faults:
                continue
            left = s.faults - 1 if move.fault else s.faults
            yield move._replace(after=_tidy(move.after._replace(faults=left), on))


def _tidy(s: State, on: Rules) -> State:
    """Forget events that can never again change anything, so that equal futures are equal states."""
    if s.faults or not s.outbox or {"engine_ignores_claim_no", "high_water_mark"} & on:
        return s  # a restore may yet bring an old claim back
    lasting = ("acked", "delivered", "refused")
    live = frozenset(e for e in s.outbox if e.kind in lasting or e.claim_no >= s.row.claim_no)
    return s if live == s.outbox else s._replace(outbox=live)


def broken(s: State, move: Move) -> Iterator[str]:
    t = move.after
    out = [fate for _, fate in t.writes if fate in ("ok", "dropped")]
    if len(t.writes) > len(s.writes) and len(out) > 1 + t.asked_again:
        yield "at most one write"
    if t.told_cancelled and len(t.writes) > len(s.writes):
        yield "no write after a confirmed cancel"
    is_coming = any(e.kind in ("acked", "delivered") for e in t.outbox) or any(
        a.fate == "ok" for a in t.air
    )
    is_new_end = t.row.state in ("cancelled", "failed") and s.row.state != t.row.state
    if is_new_end and out and not is_coming:
        yield "never failed or cancelled with a write outstanding"
    if t.mark < 0 or (t.row.state in RANK and not any(fate == "ok" for _, fate in t.writes)):
        yield "no loss"
    if t.row.state in ("sending", "accepted") and not t.holds_slot:
        yield "one in flight"
    if RANK.get(s.row.state, 0) > RANK.get(t.row.state, 0) and "restored" not in move.label:
        yield "ranks only rise"


def _dead_end(
    parents: Parents, back: dict[State, list[State]], unexplored: Sequence[State]
) -> State | None:
    """A state with no way, without fault or person, to an end that is shown."""
    good = set(unexplored) | {s for s in parents if s.row.state in ENDS or engine.is_spent(s)}
    todo = list(good)
    while todo:
        for s in back.get(todo.pop(), ()):
            if s not in good:
                good.add(s)
                todo.append(s)
    return next((s for s in parents if s not in good), None)


def _trace(parents: Parents, s: State) -> list[str]:
    labels = []
    step = parents[s]
    while step is not None:
        s, label = step
        labels.append(label)
        step = parents[s]
    return labels[::-1]


if __name__ == "__main__":
    asked = [int(one) for one in sys.argv[1:]]
    found = explore(PRODUCT, asked[0] if asked else 1, most=asked[1] if asked[1:] else None)
    sys.stdout.write(
        f"{found.states} states, whole: {found.is_whole}, broken: {found.broken or 'nothing'}\n"
    )
    sys.exit(bool(found.broken))
