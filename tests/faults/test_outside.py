"""The promise when the world answers badly: late, twice, out of order, never, or with WhatsApp's own refusals."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

import pytest

from esquadrao.campaigns.lifecycle import CampaignState, PauseReason
from esquadrao.campaigns.models import Campaign
from esquadrao.messages.models import Message, MessageState
from tests.faults.audit import seen_by_whatsapp
from tests.faults.conftest import QUICK
from tests.faults.ground import Ground
from tests.faults.rings import ring_ten_times
from tests.faults.story import OUT, Story

pytestmark = pytest.mark.faults


def settings(**rates: float) -> dict[str, str]:
    return QUICK | {
        "SIMULATOR_RATES": ",".join(f"{name}:{rate}" for name, rate in rates.items()),
        "SIMULATOR_DELAYS": QUICK["SIMULATOR_DELAYS"] + ",stray:50-1500",
    }


def writes(ground: Ground) -> Counter[str]:
    return Counter(one["wa_id"] for one in ground.ledger() if one["t"] == "write")


async def test_answers_that_come_late_twice_shuffled_or_never_cost_no_message(
    ground: Ground,
) -> None:
    """And connections that drop under a send; each at once, to one message in five or ten."""
    bad = settings(undelivered=0, unread=0, stray=0.2, twice=0.2, lost=0.2, dropped=0.1)
    story = await Story.begun(ground, people=20, settings=bad)
    await story.promise_kept()


async def test_what_whatsapp_turns_away_for_now_goes_again_under_the_same_id(
    ground: Ground,
) -> None:
    """429 and 500, each to one attempt in ten: everybody is sent to in the end, by one id each."""
    busy = settings(undelivered=0, unread=0, rate_limited=0.1, unavailable=0.1)
    story = await Story.begun(ground, people=20, settings=busy)
    await story.promise_kept()
    turned_away = sum(one.turned_away for one in seen_by_whatsapp(ground.ledger()).values())
    assert turned_away > 0
    assert await Message.of(story.waves.company).filter(state=MessageState.FAILED).count() == 0


@pytest.mark.parametrize(
    ("code", "most", "reason"),
    [
        ("must_write_first", 3, PauseReason.BREAKER_RESTRICTED),
        ("banned", 1, PauseReason.BREAKER_STOPPED),
    ],
)
async def test_463_and_403_stop_the_channel_and_are_never_tried_again(
    code: str, most: int, reason: PauseReason, ground: Ground
) -> None:
    """Everything is refused: campaigns pause with the reason at once, and rings of every kind write nothing more."""
    story = await Story.begun(ground, people=20, settings=settings(**{code: 1.0}))
    company = story.waves.company
    paused: dict[str, Any] = {"state": CampaignState.PAUSED, "reason": reason}

    async def all_stopped() -> bool:
        out = Message.of(company).filter(state__in=[one for one in OUT if one != "pending"])
        stopped = await Campaign.of(company).filter(**paused).count()
        return stopped == len(story.campaigns) and not await out.exists()

    await story.until("every campaign paused", all_stopped)
    written = writes(ground)
    await asyncio.to_thread(ring_ten_times, story)
    failed = Message.of(company).filter(state=MessageState.FAILED, code=code)
    assert await failed.count() == len(written)
    assert set(written.values()) == {1}
    per_channel = Counter(one["channel"] for one in ground.ledger() if one["t"] == "write")
    assert set(per_channel.values()) == {most}
    await story.until("the rings are through", story.is_idle)
    assert writes(ground) == written
