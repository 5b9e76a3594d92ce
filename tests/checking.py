"""A Campaign whose people nobody asked about yet, and what the bridge says of their numbers."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from esquadrao.campaigns.launch import launch
from esquadrao.campaigns.lifecycle import CampaignState, DeliveryState
from esquadrao.campaigns.models import Campaign, Delivery
from esquadrao.campaigns.prepare import prepare
from esquadrao.campaigns.process import process
from esquadrao.campaigns.progress import snapshot
from esquadrao.campaigns.verify import verify
from esquadrao.contacts.check import asked_again_after
from esquadrao.contacts.models import Contact
from esquadrao.database import db_now
from tests.conftest import Cast
from tests.fake_bridge import FakeBridge


async def prepared(cast: Cast, campaign: Campaign) -> None:
    """Running, and prepared once: whoever is not known was asked about."""
    await launch(cast.alfa, cast.ana, campaign.id)
    await verify()
    await process(cast.alfa.id, campaign.id)
    await prepare(cast.alfa.id, campaign.id)


async def asked_long_ago(cast: Cast) -> None:
    """As if the question had been open for longer than one is."""
    before = await db_now() - asked_again_after() - timedelta(seconds=1)
    await Contact.of(cast.alfa).filter(asked_at__not_isnull=True).update(asked_at=before)


async def states(cast: Cast) -> dict[str, tuple[Any, ...]]:
    rows = await Contact.of(cast.alfa)
    return {one.phone: (one.on_whatsapp, one.checked_at, one.jid, one.lid) for one in rows}


def tell(fake: FakeBridge, company: Any, channel: Any, numbers: list[dict[str, Any]]) -> None:
    of = {"company": str(company.id), "channel": str(channel.id)}
    fake.emit([fake.event(of, "numbers.checked", numbers=numbers)])


async def nobody_is_out(cast: Cast, campaign: Campaign, *, waiting: int) -> None:
    seen = await snapshot(cast.alfa, campaign.id)
    assert (seen.campaign.state, seen.skipped) == (CampaignState.RUNNING, 0)
    assert (seen.waiting, seen.adds_up) == (waiting, True)
    chosen = Delivery.of(cast.alfa).filter(campaign_id=campaign.id, state=DeliveryState.CHOSEN)
    assert await chosen.count() == waiting
