"""Memory of a worker: its peak with 1,000 recipients, and how far 100,000 raise it."""

from __future__ import annotations

import asyncio

from esquadrao.campaigns.lifecycle import CampaignState
from esquadrao.campaigns.models import Campaign
from esquadrao.channels.models import Channel
from esquadrao.companies.models import Company, User
from esquadrao.contacts.models import ContactList
from esquadrao.database import dialect
from esquadrao.gateways import queue
from esquadrao.jobs import VerifyCampaigns
from tests.bench.chain import connected
from tests.bench.figures import Figure
from tests.bench.people import make_campaigns, make_channels, make_company, make_list
from tests.bench.processes import peak_memory, running, until

FEW, MANY = 1_000, 100_000
MOST = 30.0  # MB a worker may grow
SENDS_FOR = 6.0  # s of sending after the audience is whole: prepare, dispatch and receipts at their full pace
WITHIN = 40.0  # s


async def measure() -> list[Figure]:
    alfa, ana = await make_company()
    channels = await make_channels(alfa, 2)
    few = await make_list(alfa, "Poucos", first=0, count=FEW)
    many = await make_list(alfa, "Muitos", first=FEW, count=MANY)
    async with running("bridge", "worker", "clock") as ids:
        await connected(alfa, channels)
        before = await _peak_after(ids["worker"], (alfa, ana, channels[0], few))
        after = await _peak_after(ids["worker"], (alfa, ana, channels[1], many))
    name = f"memory.{dialect()}"
    return [
        Figure(f"{name}.growth", after - before, "MB", None, "", MOST, "value", "most"),
        Figure(f"{name}.peak", after, "MB", before, f"at {FEW:,} recipients"),
    ]


async def _peak_after(pid: int, of: tuple[Company, User, Channel, ContactList]) -> float:
    company, user, channel, people = of
    (campaign,) = await make_campaigns(user, [(channel, people)], state=CampaignState.SCHEDULED)

    async def is_whole() -> bool:
        return (await Campaign.one(company, campaign.id)).is_audience_whole

    await queue.enqueue_many([VerifyCampaigns()])
    await until(is_whole, "the audience", within=WITHIN)
    await asyncio.sleep(SENDS_FOR)
    return peak_memory(pid)
