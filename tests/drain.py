"""Run the chain until it is quiet, launch → dispatch, with real Redis and a real database; no worker, no sleeping."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import redis

from actors.bridge_stream import Applier
from esquadrao.campaigns.dispatch import dispatch_once
from esquadrao.campaigns.lifecycle import CampaignState
from esquadrao.campaigns.models import Campaign
from esquadrao.campaigns.prepare import prepare
from esquadrao.campaigns.process import process
from esquadrao.campaigns.verify import verify
from esquadrao.channels.models import Channel
from esquadrao.database import db_now
from esquadrao.gateways import bridge, queue
from esquadrao.messages.models import Message
from tests.fake_bridge import FakeBridge

QUIET = 3  # turns in a row in which nothing moved
MOST_TURNS = 3_000


async def receive() -> int:
    """Apply what the bridge said; how many entries there were."""
    waiting = int(await bridge.redis().xlen(bridge.EVENTS))
    if waiting:
        await Applier().turn()
    return waiting


async def one_turn(fake: FakeBridge) -> int:
    await verify()
    moved = 0
    for campaign in await Campaign.across_companies().filter(state=CampaignState.PROCESSING):
        await process(campaign.company_id, campaign.id)
        moved += 1
    for campaign in await Campaign.across_companies().filter(state=CampaignState.RUNNING):
        moved += await prepare(campaign.company_id, campaign.id)
    moved += await dispatch_once()
    moved += fake.turn()
    return moved + await receive()


async def drain(fake: FakeBridge) -> None:
    """Until nothing moves. Pauses between sends are skipped: every Channel is made due at once."""
    quiet = 0
    for _ in range(MOST_TURNS):
        await (
            Channel.across_companies()
            .all()
            .update(next_send_at=await db_now() - timedelta(seconds=1), gap_until=None)
        )
        quiet = 0 if await one_turn(fake) else quiet + 1
        if quiet == QUIET:
            return
    raise AssertionError("the chain does not come to rest")


async def settle_now(campaign_id: UUID) -> None:
    """Everything handed over is past its time, as if `settle_after` had gone by."""
    late = await db_now() - timedelta(seconds=1)
    await (
        Message.across_companies()
        .filter(campaign_id=campaign_id, settle_by__not_isnull=True)
        .update(settle_by=late)
    )


def rung(client: redis.Redis) -> set[str]:
    """Wire names of the jobs that were rung and have not begun."""
    keys = client.scan_iter(f"{queue.NAMESPACE}:rung:*")
    return {bytes(key).decode().split(":rung:")[1].split(":")[0] for key in keys}
