"""What a person sees first: what waits for them, what is in motion, how much there is."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from esquadrao.campaigns.lifecycle import CampaignState
from esquadrao.campaigns.models import Campaign
from esquadrao.channels import reading
from esquadrao.channels.models import Channel, ChannelState
from esquadrao.channels.wording import is_running
from esquadrao.clock import now
from esquadrao.companies.access import Permission, can
from esquadrao.companies.models import Company, User
from esquadrao.contacts.models import Contact

DOWN_FOR = timedelta(minutes=5)  # product.md, row 3: shorter is the normal course of a line
ROWS = 10  # of each kind; the full list is one link away
MOVING = (CampaignState.SCHEDULED, CampaignState.PROCESSING, CampaignState.RUNNING)


@dataclass(slots=True)
class Overview:
    """Counts are None for who may not see them."""

    channels: list[Channel] = field(default_factory=list)
    moving: list[Campaign] = field(default_factory=list)
    paused: list[Campaign] = field(default_factory=list)
    contacts: int | None = None
    drafts: int | None = None
    finished: int | None = None

    @property
    def down(self) -> list[Channel]:
        """Who needs somebody: not running, or so long on the way back that it may not come by itself."""
        long_ago = now() - DOWN_FOR
        return [one for one in self.channels if not is_running(one) or _is_lost(one, long_ago)]

    @property
    def connected(self) -> int:
        return sum(one.is_connected for one in self.channels)


def _is_lost(channel: Channel, long_ago: datetime) -> bool:
    return channel.state == ChannelState.RECONNECTING and channel.state_since < long_ago


async def overview(company: Company, user: User) -> Overview:
    seen = Overview()
    if can(user, Permission.CHANNELS_SEE):
        seen.channels = await reading.all_of(company, user)
    if can(user, Permission.CONTACTS_READ):
        seen.contacts = await Contact.of(company).count()
    if can(user, Permission.CAMPAIGNS_SEE):
        newest = Campaign.of(company).order_by("-created_at", "-id").limit(ROWS)
        seen.moving = await newest.filter(state__in=MOVING)
        seen.paused = await newest.filter(state=CampaignState.PAUSED)
        seen.drafts = await Campaign.of(company).filter(state=CampaignState.DRAFT).count()
        seen.finished = await Campaign.of(company).filter(state=CampaignState.FINISHED).count()
    return seen
