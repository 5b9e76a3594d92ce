"""The promise when clocks are wrong: a worker's by two hours, or the whole host's, forth and back."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests import services
from tests.faults.conftest import QUICK, lit, prepared
from tests.faults.ground import BRIDGE, CLOCKS, Ground
from tests.faults.story import Story

pytestmark = pytest.mark.faults
HOURS = {"ahead": "+2h", "behind": "-2h"}


@pytest.fixture
async def host(
    engine: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Ground]:
    """A ground whose processes read the time from a file; durations stay true, as they do on a host."""
    clock = tmp_path / "clock"
    clock.write_text("+0")
    faked = {
        "LD_PRELOAD": str(services.faketime()),
        "FAKETIME_TIMESTAMP_FILE": str(clock),
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "NO_FAKE_STAT": "1",
    }
    ground = prepared(engine, extra=faked)
    try:
        async with lit(ground, monkeypatch) as here:
            yield here
    finally:
        ground.stop()


def set_clock(host: Ground, hours: str) -> None:
    Path(host.extra["FAKETIME_TIMESTAMP_FILE"]).write_text(hours)


@pytest.mark.parametrize("engine", ["postgres", "mysql"])
async def test_a_worker_and_a_clock_two_hours_off_cost_no_message(host: Ground) -> None:
    """Every moment that decides is the database's: theirs only stands in their logs."""
    story = await Story.begun(host, people=20, settings=QUICK)
    for share, name, hours in (
        (0.1, "worker 1", HOURS["ahead"]),
        (0.2, "worker 2", HOURS["behind"]),
        (0.3, CLOCKS[0], HOURS["ahead"]),
        (0.4, CLOCKS[1], HOURS["behind"]),
        (0.5, BRIDGE, HOURS["behind"]),
    ):
        await story.sent(share)
        host.kill(name)
        host.start(name, **story.settings, FAKETIME=hours)
    await story.promise_kept()


@pytest.mark.parametrize("engine", ["sqlite"])
@pytest.mark.parametrize("hours", HOURS.values(), ids=HOURS)
async def test_a_host_whose_clock_jumps_two_hours_costs_no_message(
    hours: str, host: Ground
) -> None:
    """SQLite's clock is the host's. Everybody jumps at once, and dies at once a moment later."""
    story = await Story.begun(host, people=20, settings=QUICK)
    await story.sent(0.2)
    set_clock(host, hours)
    await story.sent(0.5)
    story.kill(*host.names)
    await story.promise_kept()
