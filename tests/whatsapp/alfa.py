"""Alfa over the fake WhatsApp, told from within: this process writes to the installation's own database and Redis."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from esquadrao.campaigns.launch import launch
from esquadrao.campaigns.models import Campaign
from esquadrao.channels import pair
from esquadrao.channels.models import Channel, ChannelState
from esquadrao.commands.development import SECRETS
from esquadrao.companies.models import Company
from esquadrao.contacts.models import Contact
from esquadrao.database import close_database, open_database
from esquadrao.gateways import bridge, live, queue
from esquadrao.messages.models import Direction, Message
from esquadrao.settings import settings
from tests import conftest
from tests.browsing import Page, browser
from tests.factories import make_campaign, make_contacts, make_list
from tests.installation import FAST, Installation, installation
from tests.whatsapp.phones import Phones

COMES_WITHIN = 60.0  # s; what WhatsApp leaves unanswered is known after 20
FIRST_ACCOUNT = 5_511_960_000_001
SHARED = ("DATABASE_URL", "REDIS_URL", "WHATSAPP", *SECRETS)
PEOPLE = 10  # at most, of one Channel


def digits(contact: Contact) -> str:
    return contact.phone.removeprefix("+")


@dataclass(frozen=True)
class Line:
    """A Channel and the account it is paired with."""

    channel: Channel
    account: str
    number: int  # its own, for what must not meet that of others


@dataclass
class Alfa:
    here: Installation
    phones: Phones
    cast: conftest.Cast
    _numbers: Any = field(default_factory=count)

    @property
    def company(self) -> Company:
        return self.cast.alfa

    async def line(self) -> Line:
        """A new Channel, paired as Ana does it, the QR read off the domain."""
        number = next(self._numbers)
        account = str(FIRST_ACCOUNT + number)
        channel = await pair.create(self.company, self.cast.ana, name=f"Linha {number}")
        await pair.start(self.company, self.cast.ana, channel.id)
        await self.scan(channel, account)
        return Line(channel, account, number)

    async def scan(self, channel: Channel, account: str) -> None:
        async def shown() -> object:
            return await pair.current_qr(self.company, channel.id)

        await self.until("a QR", shown)
        qr = await pair.current_qr(self.company, channel.id)
        assert qr is not None
        self.phones.scan(qr.text, account)
        await self.state(channel, ChannelState.CONNECTED)

    async def people(self, line: Line, many: int) -> list[Contact]:
        """Of whose numbers nothing is known yet."""
        first = line.number * PEOPLE
        return await make_contacts(self.company, many, first=first, is_checked=False)

    async def launch(
        self, line: Line, people: list[Contact], *, body: str = "Oi {{ nome }}"
    ) -> Campaign:
        audience = await make_list(self.company, people, name=f"Lista {line.number}")
        campaign = await make_campaign(
            self.cast.ana, line.channel, audience, body=body, name=f"Aviso {line.number}"
        )
        await launch(self.company, self.cast.ana, campaign.id)
        return campaign

    async def state(self, channel: Channel, wanted: ChannelState) -> Channel:
        async def good() -> bool:
            return (await self.reread(channel)).state == wanted

        await self.until(f"{channel.name} {wanted}", good)
        return await self.reread(channel)

    async def reread(self, channel: Channel) -> Channel:
        return await Channel.one(self.company, channel.id)

    async def message(self, line: Line, contact: Contact) -> Message:
        """The newest of ours to this person."""
        theirs = Message.of(self.company).filter(
            channel_id=line.channel.id, contact_id=contact.id, direction=Direction.OUT
        )
        found = await theirs.order_by("-id").first()
        assert found is not None
        return found

    async def until(self, what: str, good: Callable[[], Awaitable[object]]) -> None:
        await self.here.until(what, good, within=COMES_WITHIN)

    async def page(self, path: str) -> Page:
        """As Ana sees it."""
        async with browser() as visitor:
            await visitor.sign_in_as(self.cast.ana)
            return await visitor.read(path)

    async def reads(self, path: str, *words: str) -> None:
        """These words stand on Ana's page, or come to."""

        async def good() -> bool:
            text = " ".join((await self.page(path)).words().split())
            return all(one in text for one in words)

        await self.until(f"{words} on {path}", good)


@asynccontextmanager
async def alfa_over(phones: Phones, **more: str) -> AsyncIterator[Alfa]:
    with (
        tempfile.TemporaryDirectory(prefix="esq-") as path,
        installation(Path(path), settings=phones.settings | more) as here,
        pytest.MonkeyPatch.context() as env,
    ):
        for name in (*SHARED, *FAST):
            env.setenv(name, here.env[name])
        settings.cache_clear()
        queue.broker.cache_clear()
        await open_database(here.env["DATABASE_URL"])
        try:
            yield Alfa(here, phones, await conftest.make_cast())
        finally:
            await live.close()
            await bridge.close()
            await close_database()
