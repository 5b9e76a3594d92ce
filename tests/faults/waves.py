"""Campaigns without end: Ana launches small ones one after the other, so that every stage always has work to die in."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from random import Random
from typing import Self

from tortoise.expressions import F

from esquadrao.campaigns import line, pause
from esquadrao.campaigns.launch import launch
from esquadrao.campaigns.lifecycle import ENDED, CampaignState
from esquadrao.campaigns.models import Campaign
from esquadrao.channels.models import Channel
from esquadrao.companies.models import Company, User
from esquadrao.contacts.models import Contact, ContactList
from esquadrao.contacts.numbers import NOTHING_KNOWN
from esquadrao.database import db_now
from esquadrao.errors import EsquadraoError
from tests import conftest
from tests.factories import make_campaign, make_contacts, make_list
from tests.faults.ground import Ground
from tests.faults.pairing import paired

CHANNELS = 16
LISTS = 5
PEOPLE = (5, 20)  # of a list
GAP = 0.05  # s between two sends of a Channel: the fire, not the chain, sets the pace
MOVING = 12  # Campaigns kept in motion
LOOK_EVERY = 0.3  # s
PAUSED_FOR = 1.5  # s


@dataclass
class Waves:
    company: Company
    user: User
    channels: list[Channel]
    lists: list[ContactList]
    rng: Random
    launched: int = 0
    _waking: list[asyncio.Task[None]] = field(default_factory=list)

    @classmethod
    async def made(
        cls,
        ground: Ground,
        rng: Random,
        *,
        channels: int = CHANNELS,
        people: tuple[int, int] = PEOPLE,
        pair: Callable[..., Awaitable[list[Channel]]] = paired,
    ) -> Self:
        """A Company with paired Channels and lists of people; the bridge, or the simulator, must run."""
        cast = await conftest.make_cast()
        lines = await pair(ground, cast.alfa, cast.ana, channels, gap=GAP)
        lists, first = [], 0
        for number in range(LISTS):
            many = rng.randint(*people)
            # Whom nobody asked about: every wave begins with the existence check.
            members = await make_contacts(cast.alfa, many, first=first, is_checked=False)
            first += many
            lists.append(await make_list(cast.alfa, members, name=f"Lista {number}"))
        return cls(cast.alfa, cast.ana, lines, lists, rng)

    async def roll(self) -> None:
        """Launch, pause, resume and cancel until cancelled; a database that is away is waited for."""
        while True:
            try:
                await self._turn()
            except EsquadraoError:
                pass  # somebody moved first: that is what the states are for
            except Exception:  # noqa: BLE001  # the database or Redis is on fire too
                await asyncio.sleep(LOOK_EVERY)
            await asyncio.sleep(LOOK_EVERY)

    async def one(self, *, on: Channel) -> Campaign:
        self.launched += 1
        name = f"Aviso {self.launched}"
        campaign = await make_campaign(
            self.user,
            on,
            self.rng.choice(self.lists),
            body="Oi, {{ nome }}: " + name,
            name=name,
        )
        await launch(self.company, self.user, campaign.id)
        return campaign

    async def _turn(self) -> None:
        moving = await Campaign.of(self.company).exclude(
            state__in=[*ENDED, CampaignState.DRAFT, CampaignState.PAUSED]
        )
        if len(moving) < MOVING:
            # A free one: what is left to send when the fire ends must fit into the time to settle.
            busy = {one.channel_id for one in moving}
            await self.one(on=self.rng.choice([one for one in self.channels if one.id not in busy]))
        chance = self.rng.random()
        if moving and chance < 0.10:
            await pause.pause(self.company, self.user, self.rng.choice(moving).id)
        elif moving and chance < 0.13:
            await pause.cancel(self.company, self.user, self.rng.choice(moving).id)
        elif moving and chance < 0.16:
            await self.cancel_and_die()
        elif chance < 0.40:
            await self.resume()
        elif chance < 0.50:
            await self.forget_numbers()

    async def cancel_and_die(self) -> None:
        """What a web process leaves that is killed after a cancel's first commit: the sweeper has to clear it."""
        waiting = Campaign.of(self.company).filter(state=CampaignState.RUNNING, waiting__gt=0)
        campaign = await waiting.first()
        if campaign is not None:
            gone = {"state": CampaignState.CANCELLED, "finished_at": await db_now()}
            await waiting.filter(id=campaign.id).update(**gone)

    async def forget_numbers(self) -> None:
        """What WhatsApp said of everybody's number is too old, and no question is open."""
        await Contact.of(self.company).all().update(**NOTHING_KNOWN)

    async def miscount(self) -> None:
        """What a defect of ours would leave, beside the line: without one the recount has nothing to mend."""
        moving = Campaign.of(self.company).filter(state=CampaignState.RUNNING)
        campaign = await moving.first()
        if campaign is not None:
            wrong = F("delivered_count") + 1
            await moving.filter(id=campaign.id).update(delivered_count=wrong)

    async def recount(self) -> None:
        """Of those that ended before a recount that lived came by."""
        for one in await Campaign.of(self.company).only("id"):
            await line.recount(self.company.id, one.id)

    async def resume(self) -> None:
        """Whatever is paused goes on; drafts whose launch died are launched."""
        for one in await Campaign.of(self.company).filter(state=CampaignState.PAUSED):
            await pause.resume(self.company, self.user, one.id)
