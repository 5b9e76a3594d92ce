"""Breadth first over every interleaving as it is: nothing merged, nothing forgotten, leases and sockets kept.

For few faults only. It gives shortest traces, and is what the reductions of `search` are held against.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.model.dead_end import has_way
from tests.model.promises import broken, moves
from tests.model.state import Rules, State, initial

Step = tuple[State, int]  # a state, and the faults on the way to it


@dataclass
class Walked:
    """All steps seen, whether there are no others, and the first way to a broken promise."""

    parents: dict[Step, tuple[Step, str] | None]
    is_whole: bool = False
    broken: dict[str, list[str]] = field(default_factory=dict)


def walk(
    on: Rules,
    faults: int,
    *,
    most: int | None = None,
    kinds: tuple[str, ...] = (),
    beginning: Sequence[str] = (),
) -> Walked:
    """Stops at the first broken promise, or at `most` states.

    `kinds`: only faults with one of these words in their label. `beginning`: labels of moves walked first, without
    looking to the side.
    """
    start = initial()
    for label in beginning:
        start = next(move.after for move in moves(start, on) if move.label == label)
    found = Walked({(start, 0): None})
    parents = found.parents
    todo = deque(parents)
    while todo and (most is None or len(parents) < most):
        step = s, used = todo.popleft()
        for move in moves(s, on):
            if move.fault and (
                used == faults or (kinds and not any(kind in move.label for kind in kinds))
            ):
                continue
            for promise in broken(s, move):
                found.broken[promise] = [*_trace(parents, step), move.label]
                return found
            after = (move.after, used + move.fault)
            if after not in parents:
                parents[after] = (step, move.label)
                todo.append(after)
    found.is_whole = not todo
    return found


def dead_end(found: Walked, on: Rules) -> list[str] | None:
    """A way to a state of a whole walk without faults from which processes alone come to no end that is shown."""
    good: set[State] = set()
    for step in reversed(found.parents):  # the last first: their ends are near
        if not has_way(step[0], on, good):
            return _trace(found.parents, step)
    return None


def _trace(parents: dict[Step, tuple[Step, str] | None], step: Step) -> list[str]:
    labels = []
    came = parents[step]
    while came is not None:
        step, label = came
        labels.append(label)
        came = parents[step]
    return labels[::-1]
