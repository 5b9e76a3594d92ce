"""What goes out: Campaigns without end, at the pace of a bridge that dies every few seconds."""

from __future__ import annotations

from esquadrao.campaigns import pause
from esquadrao.campaigns.lifecycle import ENDED, CampaignState
from esquadrao.campaigns.models import Campaign
from esquadrao.channels.models import Channel, ChannelState
from tests.faults.waves import Waves


class Traffic(Waves):
    """One Campaign a Channel, launched while it is connected; few are paused, and fewer cancelled."""

    async def _turn(self) -> None:
        moving = await Campaign.of(self.company).exclude(
            state__in=[*ENDED, CampaignState.DRAFT, CampaignState.PAUSED]
        )
        busy = {one.channel_id for one in moving}
        for channel in await Channel.of(self.company).filter(state=ChannelState.CONNECTED):
            if channel.id not in busy:
                await self.one(on=channel)
        chance = self.rng.random()
        if moving and chance < 0.03:
            await pause.pause(self.company, self.user, self.rng.choice(moving).id)
        elif moving and chance < 0.04:
            await pause.cancel(self.company, self.user, self.rng.choice(moving).id)
        elif chance < 0.30:
            await self.resume()
