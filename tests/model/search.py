"""Every interleaving of one message, two dispatchers and two bridges, with any number of faults between any two steps.

python -m tests.model.search [faults]     the product's protocol with so many faults, or with any number of them
"""

from __future__ import annotations

import resource
import sys
import time
from dataclasses import dataclass, field

from tests.model.dead_end import dead_end
from tests.model.normal import normal
from tests.model.order import covers, telling
from tests.model.promises import broken
from tests.model.state import PRODUCT, SPARE, Rules, State, initial

SPARED = frozenset(SPARE)
Parents = dict[State, tuple[State, str] | None]


@dataclass
class Found:
    """`new[k]`: states that take k faults at least. `broken`: of each promise the first way to it."""

    new: list[set[State]] = field(default_factory=list)
    broken: dict[str, list[str]] = field(default_factory=dict)

    @property
    def states(self) -> int:
        return sum(map(len, self.new))


def search(on: Rules, faults: int | None = None, *, first: bool = False) -> Found:
    """All normal forms, those with fewer faults first; without `faults` until one more fault shows no new state.

    A state is seen with the fewest faults that lead to it, so more faults left are never missed. `first`: stop at the
    first broken promise. In a trace bridges are numbered as the normal form sorts them: 0 may be the other one next.
    """
    rules = on - SPARED
    start = normal(initial(), rules)
    parents: Parents = {start: None}
    found, layer = Found(), [start]
    while layer and not (first and found.broken):
        can_fault = faults is None or len(found.new) < faults
        layer = _layer(layer, rules, parents, found, can_fault=can_fault, first=first)
    if not found.broken:
        stuck = dead_end(parents, on | SPARED)
        if stuck is not None:
            found.broken["no dead end"] = trace(parents, stuck)
    return found


def _layer(
    todo: list[State], on: Rules, parents: Parents, found: Found, *, can_fault: bool, first: bool
) -> list[State]:
    """Walks all that `todo`, which grows, leads to without a fault; what one fault leads to is the next layer's."""
    beyond: Parents = {}
    new = set(todo)
    found.new.append(new)
    for s in todo:
        for move, after in telling(s, on):
            if move.fault and not can_fault:
                continue
            faulty = list(broken(s, move))
            for promise in faulty:
                found.broken.setdefault(promise, [*trace(parents, s), move.label])
            if faulty and first:
                return []
            if faulty or after in parents or covers(s, after):
                continue
            if move.fault:
                beyond.setdefault(after, (s, move.label))
                continue
            parents[after] = (s, move.label)
            new.add(after)
            todo.append(after)
    fresh = {s: step for s, step in beyond.items() if s not in parents}
    parents.update(fresh)
    return list(fresh)


def trace(parents: Parents, s: State) -> list[str]:
    labels = []
    step = parents[s]
    while step is not None:
        s, label = step
        labels.append(label)
        step = parents[s]
    return labels[::-1]


if __name__ == "__main__":
    begun = time.monotonic()
    most = int(sys.argv[1]) if sys.argv[1:] else None
    walked = search(PRODUCT, most)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    sys.stdout.write(
        f"{walked.states} states ({', '.join(str(len(new)) for new in walked.new)} new with 0, 1, ... faults),"
        f" {time.monotonic() - begun:.0f} s, {memory} MB, broken: {walked.broken or 'nothing'}\n"
    )
    sys.exit(bool(walked.broken))
