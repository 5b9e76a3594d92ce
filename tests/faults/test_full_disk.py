"""The promise when SQLite's disk is full: nothing is half kept, and it goes on by itself once there is room."""

from __future__ import annotations

import os
import subprocess
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.faults.audit import is_settled
from tests.faults.conftest import QUICK, lit, prepared
from tests.faults.ground import Ground
from tests.faults.story import Story

pytestmark = pytest.mark.faults
ROOM = "16m"
FULL = ("disk is full", "disk I/O error", "ENOSPC", "No space left")
CHUNK = 64 * 1024


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "disk"
    folder.mkdir()
    if os.geteuid() != 0:
        pytest.skip("a disk of a given size is root's to make")
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={ROOM}", "esquadrao", folder], check=True)
    yield folder
    subprocess.run(["umount", folder], check=True)


@pytest.fixture
async def small(disk: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Ground]:
    """Database and ledger on that disk; logs elsewhere, or nobody could tell what they met."""
    ground = prepared("sqlite", disk=disk)
    try:
        async with lit(ground, monkeypatch) as here:
            yield here
    finally:
        ground.stop()


def fill(disk: Path) -> Path:
    """Not a byte is left."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file:
        for size in (CHUNK, 512, 1):
            try:
                while file.write(b"x" * size):
                    pass
            except OSError:
                continue
    return filler


async def test_a_full_disk_costs_no_message(small: Ground) -> None:
    story = await Story.begun(small, people=20, settings=QUICK)
    assert small.disk is not None
    await story.sent(0.2)
    filler = fill(small.disk)

    async def has_met_it() -> bool:
        return any(words in story.logs() for words in FULL)

    await story.until("somebody meets the full disk", has_met_it)
    filler.unlink()

    async def is_at_rest() -> bool:
        # Who could not write its ledger ends, perhaps a moment from now; a supervisor starts it again.
        story.start(*[name for name in small.names if small.killed(name) is not None])
        return await is_settled(story.waves.company)

    await story.until("at rest, whoever ended started again", is_at_rest)
    await story.promise_kept()
