"""Whether what `search` walked stands for a state reached step by step, with nothing forgotten."""

from __future__ import annotations

from tests.model.normal import normal
from tests.model.order import AT_ONCE, covers
from tests.model.search import SPARED, Found
from tests.model.state import PRODUCT, Bridge, Command, Rules, State


class Cover:
    def __init__(self, found: Found, on: Rules = PRODUCT) -> None:
        self.on = on - SPARED
        self.known: dict[State, int] = {}  # normal forms found covered, with so many faults
        self.walked: dict[State, list[tuple[int, State]]] = {}
        for faults, states in enumerate(found.new):
            for s in states:
                self.walked.setdefault(_rest(s), []).append((faults, s))

    def holds(self, s: State, faults: int) -> bool:
        """A walked state, reached with no more faults, allows all that `s` does."""
        small = normal(_later(s), self.on)
        if self.known.get(small, faults + 1) <= faults:
            return True
        is_covered = any(
            used <= faults and covers(big, small) for used, big in self.walked.get(_rest(small), ())
        )
        if is_covered:
            self.known[small] = faults
        return is_covered


def _rest(s: State) -> State:
    """All but that of which more covers less."""
    none: frozenset[Command] = frozenset()
    return s._replace(hands=none, commands=none, air=frozenset(), outbox=frozenset())


def _later(s: State) -> State:
    """What `order` puts off to the last moment is not done yet: reading before judging, looking before writing.

    Of an entry read twice one reading has begun, for the fault is spent.
    """
    commands = set(s.commands | s.hands)
    bridges: list[Bridge] = []
    for one in s.bridges:
        bridge = one
        if bridge.phase == "checked":
            bridge = bridge._replace(phase="committed")
        elif bridge.command and bridge.phase in AT_ONCE:
            is_twice = bridge.command in commands and bridge.command not in s.hands
            commands.add(bridge.command)
            if not is_twice or any(other.phase == "got" for other in bridges):
                bridge = bridge._replace(phase="idle", command=None)
        bridges.append(bridge)
    return s._replace(commands=frozenset(commands), hands=frozenset(), bridges=tuple(bridges))
