"""Let dispatch look at Channels again: for whoever changes what the gate reads, or queues a reply."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from esquadrao.channels.models import Channel
from esquadrao.database import db_now


async def wake(company_id: UUID, *channel_ids: UUID) -> None:
    """These Channels, or all of the Company's. `next_send_at` is a hint: the gate's own moments still hold."""
    rows = Channel.of(company_id)
    if channel_ids:
        rows = rows.filter(id__in=list(channel_ids))
    await rows.update(next_send_at=await db_now(), next_cold_at=None)


async def wake_all(moment: datetime) -> None:
    """The database's clock went back: what was reckoned by the old one would wait for as long as it went back.

    As above, the gate's own moments still hold.
    """
    later = Channel.across_companies().filter
    await later(next_send_at__gt=moment).update(next_send_at=moment)
    await later(next_cold_at__gt=moment).update(next_cold_at=None)
