"""How often to tell of a fault that goes on: at once, then ever more seldom, with the count of what was not told."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass

FIRST_GAP = 60.0  # s between the first two tellings of one kind; each next gap is twice as long
LONGEST_GAP = 3600.0  # s; a fault of days is still told of every hour
MOST_KINDS = 100  # kept; who meets more kinds has another trouble than repeated lines


@dataclass(slots=True)
class Kind:
    """One way to fail, of which somebody was told."""

    seen_at: float
    next_at: float
    gap: float = FIRST_GAP
    untold: int = 0


class Seldom:
    """`clock` gives seconds and only rises."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._kinds: dict[str, Kind] = {}

    def times(self, error: BaseException) -> int:
        """How often it happened since it was last told, this time included; 0: it is not told now."""
        name, now = kind_of(error), self._clock()
        kind = self._kinds.get(name)
        if kind is None or now - kind.seen_at > kind.gap:
            # New, or over for so long that it is news again.
            if len(self._kinds) >= MOST_KINDS:
                self._kinds.clear()
            kind = self._kinds[name] = Kind(seen_at=now, next_at=now)
        kind.seen_at = now
        kind.untold += 1
        if now < kind.next_at:
            return 0
        told, kind.untold = kind.untold, 0
        kind.next_at = now + kind.gap
        kind.gap = min(kind.gap * 2, LONGEST_GAP)
        return told


def kind_of(error: BaseException) -> str:
    """Its type and the last line of ours it came through: its words differ from one time to the next."""
    ours = [
        f"{frame.filename}:{frame.lineno}"
        for frame in traceback.extract_tb(error.__traceback__)
        if "site-packages" not in frame.filename
    ]
    return f"{type(error).__qualname__} {ours[-1] if ours else ''}"
