"""The promise under fire: nobody is messaged twice and nobody is skipped, whatever dies."""

from __future__ import annotations

import pytest
from tests.faults.story import Story

pytestmark = pytest.mark.faults

NEXT = 60.0  # s until the next moment of progress at most; recovery after one fault takes about 5
# Fourteen moments of progress, in hundredths of the audience, and who dies there. Never two in the same order.
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
