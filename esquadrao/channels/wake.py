"""Let dispatch look at Channels again: for whoever changes what the gate reads, or queues a reply."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from esquadrao.channels.models import Channel
from esquadrao.database import db_now
from esquadrao.settings import FLOOR_GAP


async def wake(company_id: UUID, *channel_ids: UUID) -> None:
    """These Channels, or all of the Company's. `next_send_at` is a hint: the gate's own moments still hold."""
    rows = Channel.of(company_id)
    if channel_ids:
        rows = rows.filter(id__in=list(channel_ids))
    await rows.update(next_send_at=await db_now(), next_cold_at=None)


async def wake_all(moment: datetime) -> None:
    """The database's clock went back: what was reckoned by the old one would wait for as long as it went back.

    A pause may be cut short by this, never below the floor; counts of the day and the hour are kept.
    """
    floor = moment + timedelta(seconds=FLOOR_GAP)
    latest = {
        **dict.fromkeys(("next_send_at", "state_since", "last_sent_at", "hour_started_at"), moment),
        **dict.fromkeys(("gap_until", "rest_until"), floor),
    }
    rows = Channel.across_companies()
    for column, value in latest.items():
        await rows.filter(**{f"{column}__gt": value}).update(**{column: value})
    await rows.filter(next_cold_at__gt=moment).update(next_cold_at=None)
