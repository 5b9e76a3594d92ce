"""The promise under fire: nobody is messaged twice and nobody is skipped, whatever dies, wherever it dies."""

from __future__ import annotations

import asyncio
import re
import time
from random import Random

import pytest

from esquadrao import failpoints, tasks
from esquadrao.gateways import queue
from esquadrao.jobs import RecountCampaigns
from tests.faults.conftest import QUICK
from tests.faults.fire import BRIDGE_POINTS, CLOCK_POINTS, PROFILES, WORKER_POINTS, Fire
from tests.faults.ground import BRIDGE, CLOCKS, WORKERS, Ground
from tests.faults.rings import ring_ten_times
from tests.faults.story import Story

pytestmark = pytest.mark.faults

EVERYWHERE_WITHIN = 120.0  # s; it takes about 20
SLOW_ACKS = PROFILES[1]  # later than `settle_after`, so that asking has its points too


def died_at(ground: Ground) -> set[str]:
    """Every fail point that killed somebody, by the last words of who died there."""
    return {
        point
        for path in ground.folder.glob("*.log")
        for point in re.findall(
            r"fail point ([\w.]+)", path.read_text(encoding="utf-8", errors="replace")
        )
    }


def points_of(name: str) -> set[str]:
    if name == BRIDGE:
        return {f"bridge.{one}" for one in BRIDGE_POINTS}
    return set(CLOCK_POINTS if name in CLOCKS else WORKER_POINTS)


async def test_kill_nine_at_each_point_of_each_stage_loses_nobody_and_doubles_nobody(
    ground: Ground,
) -> None:
    """Each process starts armed with every point nobody has died at yet, and dies at the first it passes."""
    for path in ground.folder.glob("*.log"):
        path.unlink()
    story = await Story.begun(ground, people=12, settings=SLOW_ACKS)
    rolling = asyncio.create_task(story.waves.roll())
    ends = time.monotonic() + EVERYWHERE_WITHIN
    everywhere = {point for name in ground.names for point in points_of(name)}
    assert everywhere >= set(failpoints.POINTS)
    for name in ground.names:
        ground.kill(name)
    while left := everywhere - died_at(ground):
        assert time.monotonic() < ends, f"nobody died at {sorted(left)}\n{story.logs()}"
        for name in ground.names:
            if ground.killed(name) is not None:
                armed = ",".join(sorted(points_of(name) & left))
                story.start(name, fail_points=armed)
        if any(point.startswith("check.") for point in left):
            await story.waves.forget_numbers()
        if any(point.startswith("recount.") for point in left):
            await story.waves.miscount()
        await queue.enqueue_many([RecountCampaigns()])
        if any(point.startswith("clear.") for point in left):
            await story.waves.cancel_and_die()
        await asyncio.sleep(0.1)
    await tasks.end([rolling])
    # Who still lives is armed with points of its own, and would die later with nobody to start it again.
    story.kill(*ground.names)
    await story.waves.resume()
    await story.waves.recount()
    await story.promise_kept()


async def test_kill_nine_at_random_moments_loses_nobody_and_doubles_nobody(ground: Ground) -> None:
    """The short form of `make faults`, without its servers' deaths, which have tests of their own."""
    fire = Fire(ground, Random(7), QUICK, kills=25, servers=False)
    await fire.burn_here()
    assert fire.burnt.findings.is_clean, fire.burnt.findings.told
    assert fire.burnt.findings.contacts > 0
    assert fire.burnt.findings.unknown == 0
    # Everybody is on WhatsApp, a third under eight digits: a check that died left nobody out, and nobody was written to
    # under a spelling WhatsApp does not know.
    assert fire.burnt.findings.classes["skipped"] == fire.burnt.findings.classes["failed"] == 0


async def test_three_workers_and_two_clocks_ringing_everything_ten_times_change_nothing(
    ground: Ground,
) -> None:
    """Every ring of every stage ten times at once, past the queue's own guard against the same ring twice."""
    story = await Story.begun(ground, people=20, settings=QUICK)
    for share in (0.0, 0.2, 0.4, 0.6, 0.8):
        await story.sent(share)
        await asyncio.to_thread(ring_ten_times, story)
    await story.promise_kept()
    assert {len(WORKERS), len(CLOCKS)} == {3, 2}


async def test_a_process_frozen_beyond_its_leases_wakes_behind_the_others_and_writes_nothing_twice(
    ground: Ground,
) -> None:
    """SIGSTOP for longer than the applier's lease and `settle_after`: what it holds is asked about meanwhile."""
    story = await Story.begun(ground, people=25, settings=QUICK)
    for share, name in ((0.05, "worker 1"), (0.2, BRIDGE), (0.4, "worker 2"), (0.6, "worker 3")):
        await story.sent(share)
        ground.freeze(name)
        await asyncio.sleep(
            FROZEN_FOR
        )  # a lease runs out by the clock of others: there is no progress to wait for
        ground.wake(name)
    await story.promise_kept()


FROZEN_FOR = 1.5  # s; the lease and `settle_after` are 1 s here
