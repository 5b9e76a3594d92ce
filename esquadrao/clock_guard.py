"""A database clock that jumps must start nothing by surprise: its steps are compared with the monotonic clock's.

What is already sending keeps its pace by itself (one Message in flight, a gap from each send to the next). What would
begin because of a jump waits for a person instead. The memory is the process's own.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

log = structlog.get_logger()
TOLERANCE = timedelta(seconds=60)  # NTP steps less; a machine that slept or a wrong clock more
HOLD = 600.0  # s of monotonic time in which a jump is remembered: whatever fell due by it has been looked at


@dataclass(slots=True)
class ClockGuard:
    last: tuple[datetime, float] | None = None
    held_until: float = float("-inf")  # monotonic
    went_back: bool = False  # since the look before: what waits for a moment would wait too long

    def look(self, moment: datetime, monotonic: float) -> bool:
        """Tell it the database's moment and the monotonic clock's; answers whether starts are held now."""
        if self.last is not None:
            before, then = self.last
            jump = (moment - before) - timedelta(seconds=monotonic - then)
            self.went_back = jump < -TOLERANCE
            if abs(jump) > TOLERANCE:
                self.held_until = monotonic + HOLD
                log.error("database_clock_jumped", seconds=round(jump.total_seconds()))
        self.last = (moment, monotonic)
        return monotonic < self.held_until
