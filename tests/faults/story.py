"""A Campaign in a real installation, followed by its progress to its end."""

from __future__ import annotations

from dataclasses import dataclass

from esquadrao.campaigns import line
from esquadrao.campaigns.launch import launch
from esquadrao.campaigns.lifecycle import CampaignState
from esquadrao.campaigns.models import Campaign
from esquadrao.campaigns.progress import Progress, snapshot
from esquadrao.channels.models import Channel
from esquadrao.contacts.models import Contact
from tests.conftest import Cast
from tests.installation import Installation

BODY = "Oi, {{ nome }}! A loja de {{ cidade }} avisa."


@dataclass
class Story:
    """Ana's Campaign in a real installation, and what the world saw of it."""

    here: Installation
    cast: Cast
    channel: Channel
    campaign: Campaign
    contacts: list[Contact]

    async def launch(self) -> None:
        await launch(self.cast.alfa, self.cast.ana, self.campaign.id)

    async def progress(self) -> Progress:
        return await snapshot(self.cast.alfa, self.campaign.id)

    async def sent(self, count: int, *, within: float) -> None:
        """Wait until so many were sent: moments are told by progress, never by time."""

        async def reached() -> bool:
            return (await self.progress()).sent >= count

        await self.here.until(f"{count} sent", reached, within=within)

    async def finished(self, *, within: float) -> None:
        async def ended() -> bool:
            return (await self.progress()).campaign.state == CampaignState.FINISHED

        await self.here.until("the campaign finished", ended, within=within)

    async def everybody_got_their_own_text_once(self) -> None:
        """The ledger against the contacts: no double, nobody left out, nobody else's text; and the line adds up."""
        seen = sorted((one["to"], one["text"]) for one in self.here.ledger())
        assert seen == sorted(
            (one.phone, f"Oi, {one.name}! A loja de Recife avisa.") for one in self.contacts
        )
        assert len({one["wa_id"] for one in self.here.ledger()}) == len(self.contacts)
        progress = await self.progress()
        assert progress.adds_up
        assert (progress.sent, progress.waiting, progress.sending) == (len(self.contacts), 0, 0)
        assert await line.recount(self.cast.alfa.id, self.campaign.id) == {}
