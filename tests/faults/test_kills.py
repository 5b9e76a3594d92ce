"""The promise under fire: nobody is messaged twice and nobody is skipped, whatever dies."""

from __future__ import annotations

import pytest

from esquadrao.database import dialect
from tests.faults.story import Story

pytestmark = pytest.mark.faults

NEXT = 60.0  # s until the next moment of progress at most; recovery after one fault takes about 5
# Moments of progress, in hundredths of the audience, and who dies there: five workers, five bridges, five webs.
DEATHS = (
    (0, ("worker",)),
    (3, ("bridge",)),
    (8, ("web",)),
    (14, ("worker", "bridge")),
    (25, ("clock",)),
    (33, ("web", "worker")),
    (42, ("bridge",)),
    (51, ("web", "bridge")),
    (60, ("redis emptied",)),
    (68, ("worker",)),
    (77, ("bridge", "web", "clock")),
    (88, ("worker", "bridge", "web")),
)


async def test_kill_nine_ten_times_and_an_emptied_redis_lose_nobody_and_double_nobody(
    story: Story,
) -> None:
    await story.launch()
    for hundredths, names in DEATHS:
        await story.sent(len(story.contacts) * hundredths // 100, within=NEXT)
        if names == ("redis emptied",):
            story.here.flush_redis()
        else:
            story.here.kill(*names)
    await story.finished(within=NEXT)
    await story.everybody_got_their_own_text_once()
    story.here.wait_for("web answers again", story.here.is_ready, within=NEXT)


async def test_an_emptied_redis_costs_no_message(story: Story) -> None:
    """Queue, streams, consumer groups and live signals are all gone at once, three times over."""
    await story.launch()
    for count in (0, len(story.contacts) // 3, 2 * len(story.contacts) // 3):
        await story.sent(count, within=NEXT)
        story.here.flush_redis()
    await story.finished(within=NEXT)
    await story.everybody_got_their_own_text_once()


async def test_a_frozen_worker_that_wakes_behind_another_one_writes_nothing_twice(
    story: Story,
) -> None:
    await story.launch()
    await story.sent(len(story.contacts) // 4, within=NEXT)
    story.here.freeze("worker")
    story.here.start_another("worker")
    if dialect() == "sqlite":  # a frozen writer holds the only lock there is: nobody can pass it
        story.here.wait_for(
            "the second worker", lambda: story.here.says("worker 2", "is ready"), within=NEXT
        )
    else:
        await story.sent(len(story.contacts) // 2, within=NEXT)
    story.here.wake("worker")
    await story.finished(within=NEXT)
    await story.everybody_got_their_own_text_once()
