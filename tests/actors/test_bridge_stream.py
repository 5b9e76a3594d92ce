"""What the applier tells of what keeps it from working."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable

import pytest
from redis.exceptions import RedisError
from structlog.testing import capture_logs

from actors.bridge_stream import Applier
from esquadrao.seldom import Seldom

HOUR = 3600


class Broken(Applier):
    """Holds the lease and fails, each time a second later, until it has failed `often`."""

    def __init__(self, often: int, error: Callable[[int], Exception]) -> None:
        super().__init__(pause=0, seldom=Seldom(lambda: float(self.tries)))
        self.tries = 0
        self._often, self._error = often, error

    async def _holds(self) -> bool:
        return True

    async def turn(self) -> None:
        if self.tries == self._often:
            raise asyncio.CancelledError
        self.tries += 1
        raise self._error(self.tries)


async def told(applier: Broken) -> list[tuple[str, int]]:
    with capture_logs() as lines, pytest.raises(asyncio.CancelledError):
        await applier.go_on()
    return [(line["event"], line["times"]) for line in lines]


async def test_what_fails_every_second_is_told_at_once_and_then_ever_more_seldom() -> None:
    broken = Broken(HOUR, lambda at: RuntimeError(f"no such table, asked for the {at}th time"))
    lines = await told(broken)
    assert [event for event, _ in lines] == ["applier_failed"] * 6
    # At the 1st second, and 60, 120, 240, 480, 960 seconds after the telling before.
    moments = list(itertools.accumulate(times for _, times in lines))
    assert moments == [1, 61, 181, 421, 901, 1861]


async def test_what_is_away_for_an_hour_fills_no_log_either() -> None:
    lines = await told(Broken(HOUR, lambda _: RedisError("away")))
    assert {event for event, _ in lines} == {"applier_waits"}
    assert len(lines) == 6


async def test_one_kind_of_fault_does_not_hide_another() -> None:
    lines = await told(Broken(10, lambda at: ValueError() if at == 10 else RuntimeError()))
    assert lines == [("applier_failed", 1), ("applier_failed", 1)]


async def test_what_comes_back_after_a_quiet_time_is_told_at_once() -> None:
    def error(at: int) -> Exception:
        return RuntimeError() if at in {1, 2, 200} else RedisError()

    lines = await told(Broken(200, error))
    assert [event for event, _ in lines].count("applier_failed") == 2


async def test_a_fault_of_days_is_still_told_of_every_hour() -> None:
    broken = Broken(10 * HOUR, lambda _: RuntimeError())
    lines = await told(broken)
    assert [times for _, times in lines][-3:] == [HOUR] * 3
