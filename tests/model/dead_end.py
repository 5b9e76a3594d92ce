"""No dead end: from every state processes alone bring the row to an end that is shown.

Asked of bare states: all under way is lost (stream, outbox, replies, what dispatchers hold), and the lease's holder
has a fresh socket, an old one, or none. What is under way forbids no move, and a busy bridge is idle after its next
few steps, which are free; so the way of a bare state is open to every state that it is the rest of.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tests.model.promises import is_at_rest, is_of_itself, moves
from tests.model.state import Bridge, Command, Rules, State

EPOCH = 2


def dead_end(states: Iterable[State], on: Rules) -> State | None:
    """`on` with the SPARE rules: what a bridge may not do without its lease is no way out."""
    good: set[State] = set()
    seen: set[State] = set()
    for s in states:
        for bare in _bare(s):
            if bare not in seen and not has_way(bare, on, good):
                return s
            seen.add(bare)
    return None


def _bare(s: State) -> Iterator[State]:
    if any(bridge.phase != "idle" for bridge in s.bridges):
        return
    none: frozenset[Command] = frozenset()
    others = tuple(Bridge() for _ in s.bridges[1:])
    for socket in (0, EPOCH - 1, EPOCH):
        yield s._replace(
            hands=none,
            commands=none,
            air=frozenset(),
            outbox=frozenset(),
            bridges=(Bridge(socket=socket), *others),
            lease=(0, EPOCH),
        )


def has_way(start: State, on: Rules, good: set[State]) -> bool:
    """Depth first; all states of a way that was found are good."""
    seen, way = {start}, [(start, _next(start, on))]
    while way:
        s, onward = way[-1]
        if s in good or is_at_rest(s):
            good.update(one for one, _ in way)
            return True
        after = next((t for t in onward if t not in seen), None)
        if after is None:
            way.pop()
        else:
            seen.add(after)
            way.append((after, _next(after, on)))
    return False


def _next(s: State, on: Rules) -> Iterator[State]:
    return (move.after for move in moves(s, on) if is_of_itself(move))
