"""Receipt → figure on the page: 200 people have the page of a running Campaign open.

Each does what its page does: hears the stream, takes the figures that come by it, and asks for its block again when it
is told to, one request at a time. A receipt's age is reckoned from the write in the simulator's ledger, whose every
receipt follows at once.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import time
from datetime import datetime, timedelta
from pathlib import Path

from esquadrao.campaigns.lifecycle import CampaignState
from esquadrao.campaigns.models import Campaign
from esquadrao.channels.models import Channel
from esquadrao.companies.models import Company, Role, User
from esquadrao.database import db_now
from tests.bench.chain import connected
from tests.bench.figures import Figure, percentile
from tests.bench.people import make_campaigns, make_channels, make_company, make_list
from tests.bench.processes import running, until
from tests.bench.visitors import Visitor, signed_in, web

PAGES, A_USER = 200, 10
MESSAGES, GAP = 30, 1.0  # one a second
MOST = 0.5  # s, p95
OPENED_BEFORE = 10.0  # s; the pages are open when the first message leaves
WITHIN = 120.0  # s
SENT = re.compile(r"([\d.]+) enviadas")  # in the line that adds up


async def measure() -> list[Figure]:
    alfa, ana = await make_company()
    channels = await make_channels(alfa, 2)
    await Channel.of(alfa).all().update(gap_min=GAP, gap_max=GAP)
    people = [
        await make_list(alfa, f"Lista {n}", first=n * MESSAGES, count=MESSAGES) for n in (0, 1)
    ]
    users = [ana, *[await _user(alfa, at) for at in range(1, PAGES // A_USER)]]
    async with running("bridge", "worker", "clock"), web() as port:
        await connected(alfa, channels)
        campaigns = await make_campaigns(
            ana, list(zip(channels, people, strict=True)), state=CampaignState.DRAFT
        )
        visitors = [await signed_in(one, port) for one in users for _ in range(A_USER)]
        alone = await _ages(campaigns[0], visitors[:1])
        together = await _ages(campaigns[1], visitors)
    p95 = percentile(together, 95) * 1000
    beside = percentile(alone, 95) * 1000
    return [
        Figure(
            f"pages.{PAGES}", p95, "ms p95", beside, "one page open", MOST * 1000, "value", "most"
        )
    ]


async def _user(company: Company, number: int) -> User:
    made = User(
        company_id=company.id,
        name=f"Bruno {number}",
        email=f"bruno{number}@alfa.example",
        password_hash="-",
        role=Role.OWNER,
    )
    await made.save()
    return made


async def _ages(campaign: Campaign, visitors: list[Visitor]) -> list[float]:
    """For every page and message: seconds from the write to the first moment the page counted it."""
    starts_at = await db_now() + timedelta(seconds=OPENED_BEFORE)
    waiting = {"state": CampaignState.SCHEDULED, "scheduled_at": starts_at}
    await Campaign.of(campaign.company_id).filter(id=campaign.id).update(**waiting)
    pages = [_Page(one, campaign) for one in visitors]
    tasks = [asyncio.create_task(one.stay()) for one in pages]

    async def all_seen() -> bool:
        for task in tasks:
            if task.done():
                task.result()
        return all(one.sent >= MESSAGES for one in pages)

    try:
        await until(all_seen, "every page at the last figure", within=WITHIN)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    writes = _writes(campaign)
    return [
        seen - write for page in pages for write, seen in zip(writes, page.seen_at, strict=True)
    ]


class _Page:
    """One open page: the block it shows, and when it first counted each message."""

    def __init__(self, visitor: Visitor, campaign: Campaign) -> None:
        self.visitor = visitor
        self.path, self.topic = f"/campaigns/{campaign.id}", f"campaign-{campaign.id}"
        self.seen_at: list[float] = []
        self.is_stale = asyncio.Event()

    @property
    def sent(self) -> int:
        return len(self.seen_at)

    async def stay(self) -> None:
        asking = asyncio.create_task(self._ask())
        try:
            async for name, data in self.visitor.listen(self.topic):
                if name == self.topic:
                    self.is_stale.set()
                else:
                    self._show(data)
        finally:
            asking.cancel()

    async def _ask(self) -> None:
        while True:
            await self.is_stale.wait()
            self.is_stale.clear()
            text, _ = await self.visitor.get(self.path, fragment=True)
            self._show(text)

    def _show(self, text: str) -> None:
        if found := SENT.search(text):
            now = time.time()
            self.seen_at += [now] * (int(found[1].replace(".", "")) - len(self.seen_at))


def _writes(campaign: Campaign) -> list[float]:
    lines = Path(os.environ["SIMULATOR_LEDGER"]).read_text(encoding="utf-8").splitlines()
    found = [one for one in map(json.loads, lines) if one["t"] == "write"]
    of_campaign = [one for one in found if one["channel"] == str(campaign.channel_id)]
    return sorted(datetime.fromisoformat(one["at"]).timestamp() for one in of_campaign)
