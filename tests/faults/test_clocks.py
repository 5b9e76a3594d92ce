"""The promise when clocks are wrong: a worker's by two hours, or the whole host's, forth and back."""

from __future__ import annotations

import os
import struct
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.faults.conftest import QUICK, lit, prepared
from tests.faults.ground import BRIDGE, CLOCKS, Ground
from tests.faults.story import Story

pytestmark = pytest.mark.faults
SOURCE = Path(__file__).with_name("wrong_clock.c")
AHEAD, BEHIND = 7200, -7200  # s


@pytest.fixture(scope="session")
def wrong_clock(tmp_path_factory: pytest.TempPathFactory) -> Path:
    library = tmp_path_factory.mktemp("clock") / "wrong_clock.so"
    subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", library, SOURCE, "-ldl"], check=True)
    return library


@pytest.fixture
async def host(
    engine: str, wrong_clock: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Ground]:
    """A ground whose processes take the time of one file."""
    clock = tmp_path / "clock"
    set_clock(clock, 0)
    ground = prepared(engine, extra={"LD_PRELOAD": str(wrong_clock), "WRONG_CLOCK": str(clock)})
    try:
        async with lit(ground, monkeypatch) as here:
            yield here
    finally:
        ground.stop()


def set_clock(clock: Path, seconds: int) -> None:
    with os.fdopen(os.open(clock, os.O_RDWR | os.O_CREAT), "r+b") as file:
        file.write(struct.pack("=q", seconds))  # in place: who reads it has it mapped


@pytest.mark.parametrize("seconds", [AHEAD, BEHIND])
def test_the_clock_is_wrong_and_durations_are_true(
    seconds: int, wrong_clock: Path, tmp_path: Path
) -> None:
    """Else the tests below would prove nothing: Python's clock, SQLite's, and a sleep."""
    clock = tmp_path / "clock"
    set_clock(clock, seconds)
    program = (
        "import sqlite3, time; began = time.monotonic(); time.sleep(0.01);"
        "print(time.time(), sqlite3.connect(':memory:').execute(\"SELECT strftime('%s')\").fetchone()[0],"
        " time.monotonic() - began)"
    )
    env = {"LD_PRELOAD": str(wrong_clock), "WRONG_CLOCK": str(clock)}
    told = subprocess.run([sys.executable, "-c", program], env=env, capture_output=True, check=True)
    python, sqlite, slept = map(float, told.stdout.split())
    true = clock.stat().st_mtime
    assert abs(python - true - seconds) < 60
    assert abs(sqlite - true - seconds) < 60
    assert 0.01 <= slept < 60


@pytest.mark.parametrize("engine", ["postgres", "mysql"])
async def test_a_worker_and_a_clock_two_hours_off_cost_no_message(host: Ground) -> None:
    """Every moment that decides is the database's: theirs only stands in their logs."""
    story = await Story.begun(host, people=20, settings=QUICK)
    for share, name, seconds in (
        (0.1, "worker 1", AHEAD),
        (0.2, "worker 2", BEHIND),
        (0.3, CLOCKS[0], AHEAD),
        (0.4, CLOCKS[1], BEHIND),
        (0.5, BRIDGE, BEHIND),
    ):
        await story.sent(share)
        host.kill(name)
        host.start(name, **story.settings, WRONG_BY=str(seconds))
    await story.promise_kept()


@pytest.mark.parametrize("engine", ["sqlite"])
@pytest.mark.parametrize("seconds", [AHEAD, BEHIND])
async def test_a_host_whose_clock_jumps_two_hours_costs_no_message(
    seconds: int, host: Ground
) -> None:
    """SQLite's clock is the host's. Everybody jumps at once, and dies at once a moment later."""
    story = await Story.begun(host, people=20, settings=QUICK)
    await story.all_begun()
    await story.sent(0.2)
    set_clock(Path(host.extra["WRONG_CLOCK"]), seconds)
    await story.sent(0.5)
    story.kill(*host.names)
    await story.promise_kept()
