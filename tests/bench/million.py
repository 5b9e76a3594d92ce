"""A Campaign of a million people on PostgreSQL: processed, prepared and sent, with pages open meanwhile.

The bare statement and the engine's own process run first, with nothing beside them. Then the real processes take a
Campaign of 10,000 and one of a million: the worker's memory, and how long the pages take that show the million.
"""

from __future__ import annotations

import asyncio
import os
import time

import asyncpg

from esquadrao.campaigns.lifecycle import CampaignState, DeliveryClass
from esquadrao.campaigns.models import Campaign, Delivery
from esquadrao.campaigns.process import process
from esquadrao.channels.models import Channel
from esquadrao.companies.models import User
from esquadrao.contacts.models import ContactList
from esquadrao.gateways import queue
from esquadrao.jobs import VerifyCampaigns
from tests.bench.chain import connected
from tests.bench.crowd import make_crowd
from tests.bench.figures import Figure, percentile
from tests.bench.people import make_campaigns, make_channels, make_company
from tests.bench.processes import peak_memory, running, until
from tests.bench.visitors import Visitor, signed_in, web

FEW, MANY = 10_000, int(os.environ.get("BENCH_MILLION", "1_000_000"))
MOST_RATIO = 1.5  # × the bare statement
MOST_PAGE = 0.3  # s, p95
MOST_MEMORY = 30.0  # MB
SENDS_FOR = 20.0  # s of sending after the audience is whole
WITHIN = 600.0  # s
PAUSE = 0.2  # s between two looks at the pages
BARE = """
INSERT INTO delivery (company_id, campaign_id, contact_id, phone, phone_key, state, line_class, reason)
SELECT c.company_id, $1, c.id, c.phone, c.phone_key, 'chosen', 'waiting', ''
FROM list_member m JOIN contact c ON c.company_id = m.company_id AND c.id = m.contact_id
WHERE m.company_id = $2 AND m.contact_list_id = $3
"""


async def measure() -> list[Figure]:
    alfa, ana = await make_company()
    many = await make_crowd(alfa, "Todos", first=0, count=MANY)
    few = await make_crowd(alfa, "Alguns", first=MANY, count=FEW)
    expanded = await _expanded(ana, many)
    channels = await make_channels(alfa, 2)
    async with running("bridge", "worker", "clock") as ids, web() as port:
        await connected(alfa, channels)
        visitor = await signed_in(ana, port)
        before, small = await _sent(ana, channels[0], few, visitor, ids["worker"])
        after, large = await _sent(ana, channels[1], many, visitor, ids["worker"])
    worst = max(large, key=lambda name: percentile(large[name], 95))
    of_small = [took for times in small.values() for took in times]
    of_large = [took for times in large.values() for took in times]
    return [
        expanded,
        Figure(
            "million.memory",
            after - before,
            "MB",
            before,
            f"peak at {FEW:,}",
            MOST_MEMORY,
            "value",
            "most",
        ),
        _page("million.pages", of_large, of_small, "p95 at 10,000"),
        _page(f"million.{worst}", large[worst], small[worst], "p95 at 10,000, the slowest page"),
    ]


def _page(name: str, large: list[float], small: list[float], beside: str) -> Figure:
    p95 = percentile(large, 95) * 1000
    return Figure(
        name, p95, "ms p95", percentile(small, 95) * 1000, beside, MOST_PAGE * 1000, "value", "most"
    )


async def _expanded(owner: User, people: ContactList) -> Figure:
    bare, ours = await make_campaigns(owner, [(None, people)] * 2, state=CampaignState.PROCESSING)
    server = await asyncpg.connect(os.environ["DATABASE_URL"])
    started = time.perf_counter()
    await server.execute(BARE, bare.id, owner.company_id, people.id, timeout=WITHIN)
    baseline = time.perf_counter() - started
    await server.close()
    started = time.perf_counter()
    await process(owner.company_id, ours.id)
    took = time.perf_counter() - started
    if (chosen := (await Campaign.one(owner.company_id, ours.id)).chosen) != MANY:
        raise RuntimeError(f"{chosen} of {MANY} were chosen")
    # They are no part of what follows, and nobody counts them again.
    ended = Campaign.of(owner.company_id).filter(id__in=[bare.id, ours.id])
    await ended.update(state=CampaignState.FINISHED)
    return Figure(
        "million.process", took, "s", baseline, "bare INSERT … SELECT", MOST_RATIO, "ratio", "most"
    )


async def _sent(
    owner: User, channel: Channel, people: ContactList, visitor: Visitor, worker: int
) -> tuple[float, dict[str, list[float]]]:
    """The worker's peak memory, and the seconds of each page asked for while the Campaign ran."""
    (campaign,) = await make_campaigns(owner, [(channel, people)], state=CampaignState.SCHEDULED)
    looking = asyncio.create_task(_look(visitor, campaign, people))
    await queue.enqueue_many([VerifyCampaigns()])

    async def is_whole() -> bool:
        return (await Campaign.one(owner.company_id, campaign.id)).is_audience_whole

    await until(is_whole, "the audience", within=WITHIN)
    await asyncio.sleep(SENDS_FOR)
    looking.cancel()
    times = (await asyncio.gather(looking, return_exceptions=True))[0]
    if not isinstance(times, dict):
        raise TypeError(f"pages: {times!r}")
    done = await Campaign.one(owner.company_id, campaign.id)
    if not done.sent:
        raise RuntimeError("nothing was sent")
    return peak_memory(worker), times


async def _look(
    visitor: Visitor, campaign: Campaign, people: ContactList
) -> dict[str, list[float]]:
    """Ask for the pages by turns until cancelled."""
    here, times = f"/campaigns/{campaign.id}", dict[str, list[float]]()
    try:
        while True:
            middle = await _middle(campaign)
            pages = {
                "campaign": here,
                "waiting": f"{here}?line=waiting",
                "sent": f"{here}?line=sent",
                "middle": f"{here}?after={middle}",
                "campaigns": "/campaigns",
                "contacts": "/contacts",
                "list": f"/contact-lists/{people.id}",
            }
            for name, path in pages.items():
                _, took = await visitor.get(path)
                times.setdefault(name, []).append(took)
                await asyncio.sleep(PAUSE)
    except asyncio.CancelledError:
        return times


async def _middle(campaign: Campaign) -> int:
    """The id in the middle of those waiting when the audience is whole; 0 while it is not."""
    if not (await Campaign.one(campaign.company_id, campaign.id)).is_audience_whole:
        return 0
    waiting = Delivery.of(campaign.company_id).filter(
        campaign_id=campaign.id, line_class=DeliveryClass.WAITING
    )
    last = await waiting.order_by("-id").first().only("id")
    return last.id - MANY // 2 if last else 0
