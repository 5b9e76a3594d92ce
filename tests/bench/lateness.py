"""Lateness: 2,000 Channels at one message each 20 s; how long after its due time a message reaches WhatsApp.

Due is what the Channel's row said (`next_send_at`), sent is the line in the simulator's ledger. Beside it a delayed
Dramatiq job a message, the usual way: its own due time against the moment it runs.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import time
from bisect import bisect_left
from collections import defaultdict
from datetime import datetime, timedelta
from pathlib import Path

from esquadrao.campaigns.lifecycle import CampaignState, DeliveryClass, DeliveryState
from esquadrao.campaigns.models import Campaign, Delivery
from esquadrao.channels.models import Channel
from esquadrao.companies.models import Company
from esquadrao.contacts.models import Contact
from esquadrao.database import connection, db_now
from esquadrao.gateways import queue
from esquadrao.jobs import PrepareCampaign
from esquadrao.unit_of_work import unit_of_work
from tests.bench import plain
from tests.bench.chain import connected
from tests.bench.crowd import make_crowd
from tests.bench.figures import Figure, percentile
from tests.bench.people import make_campaigns, make_channels, make_company
from tests.bench.processes import running, until

CHANNELS = int(os.environ.get("BENCH_CHANNELS", "2_000"))
GAP = 20.0  # s
ROUNDS = 3  # messages a Channel
LOOK_EVERY = 4.0  # s between two looks at the due times: each stands for 20 s
MOST = 1.0  # s, p99
START_IN = 5.0  # s; all due times are written before the first is due
WITHIN = 90.0  # s
CHUNK = 5_000  # rows a transaction


async def measure() -> list[Figure]:
    alfa, ana = await make_company()
    channels = await make_channels(alfa, CHANNELS)
    await _spread(alfa)  # before anybody else writes Channels
    people = await make_crowd(alfa, "Todos", first=0, count=CHANNELS * ROUNDS)
    async with running("bridge", "worker", "clock"):
        await connected(alfa, channels)
        campaigns = await make_campaigns(
            ana, [(one, people) for one in channels], state=CampaignState.DRAFT
        )
        await _choose(alfa, campaigns)
        await connection().execute_script("ANALYZE")
        await queue.enqueue_many([PrepareCampaign(alfa.id, one.id) for one in campaigns])
        await until(lambda: _prepared(alfa), "the windows", within=WITHIN)
        await _start(alfa)
        due = await _watch(alfa, for_=GAP * (ROUNDS - 0.5))
    late = _late(due)
    if len(late) < CHANNELS * (ROUNDS - 1):
        raise RuntimeError(f"only {len(late)} messages left in time to be judged")
    bare = await plain.lateness(CHANNELS, within=GAP)
    p99, beside = percentile(late, 99), percentile(bare, 99)
    return [
        Figure("lateness.p99", p99, "s", beside, "delayed Dramatiq jobs", MOST, "value", "most"),
        Figure(
            "lateness.p50", percentile(late, 50), "s", percentile(bare, 50), "delayed Dramatiq jobs"
        ),
    ]


async def _spread(company: Company) -> None:
    """The pace of the figure; nothing is due yet."""
    far = await db_now() + timedelta(days=1)
    await Channel.of(company).all().update(gap_min=GAP, gap_max=GAP, next_send_at=far)


async def _choose(company: Company, campaigns: list[Campaign]) -> None:
    """Each Campaign gets its few of the crowd: what process does is another figure."""
    everybody = await Contact.of(company).order_by("id").only("id", "phone", "phone_key")
    rows = [
        Delivery(
            company_id=company.id,
            campaign_id=campaigns[at % len(campaigns)].id,
            contact_id=one.id,
            phone=one.phone,
            phone_key=one.phone_key,
            state=DeliveryState.CHOSEN,
            line_class=DeliveryClass.WAITING,
        )
        for at, one in enumerate(everybody)
    ]
    for start in range(0, len(rows), CHUNK):
        async with unit_of_work():
            await Delivery.insert_many(rows[start : start + CHUNK])
    running_ones = {"state": CampaignState.RUNNING, "is_audience_whole": True}
    await Campaign.of(company).all().update(**running_ones, chosen=ROUNDS, waiting=ROUNDS)


async def _prepared(company: Company) -> bool:
    left = Delivery.of(company).filter(state=DeliveryState.CHOSEN)
    return not await left.exists()


async def _start(company: Company) -> None:
    """Due times spread over one gap, as they are once Campaigns began at different times."""
    moment = await db_now()
    for one in await Channel.of(company).all().only("id"):
        at = moment + timedelta(seconds=START_IN + random.random() * GAP)
        await Channel.of(company).filter(id=one.id).update(next_send_at=at)


async def _watch(company: Company, *, for_: float) -> dict[str, set[datetime]]:
    """Every due time a Channel had."""
    due: dict[str, set[datetime]] = defaultdict(set)
    ends = time.monotonic() + for_
    while time.monotonic() < ends:
        for row in await Channel.of(company).all().only("id", "next_send_at"):
            due[str(row.id)].add(row.next_send_at)
        await asyncio.sleep(LOOK_EVERY)
    return due


def _late(due: dict[str, set[datetime]]) -> list[float]:
    """Seconds from each due time to the first write at or after it."""
    writes: dict[str, list[datetime]] = defaultdict(list)
    for line in Path(os.environ["SIMULATOR_LEDGER"]).read_text(encoding="utf-8").splitlines():
        if (one := json.loads(line))["t"] == "write":
            writes[one["channel"]].append(datetime.fromisoformat(one["at"]))
    late = []
    for channel, moments in due.items():
        sent = sorted(writes[channel])
        for moment in moments:
            # The ledger's clock has milliseconds.
            at = bisect_left(sent, moment - timedelta(milliseconds=1))
            if at < len(sent):
                late.append((sent[at] - moment).total_seconds())
    return late
