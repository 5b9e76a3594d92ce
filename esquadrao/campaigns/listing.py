"""The list of Campaigns, for whoever may see them: a page by key, counts by state, names instead of ids."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from tortoise.functions import Count

from esquadrao.campaigns import progress
from esquadrao.campaigns.lifecycle import CampaignState
from esquadrao.campaigns.models import Campaign
from esquadrao.campaigns.progress import Progress
from esquadrao.channels.models import Channel
from esquadrao.companies.access import Permission, require
from esquadrao.companies.models import Company, User
from esquadrao.contacts.models import ContactList

PAGE = 50
MOVING = frozenset(
    {
        CampaignState.SCHEDULED,
        CampaignState.PROCESSING,
        CampaignState.RUNNING,
        CampaignState.PAUSED,
    }
)
MOST_RATES = (
    20  # rows whose rate is read with the page; the others get theirs by their first live event
)


@dataclass(frozen=True, slots=True)
class Row:
    campaign: Campaign
    channel_name: str
    list_name: str
    progress: Progress | None  # of what runs

    @property
    def is_moving(self) -> bool:
        return self.campaign.state in MOVING


@dataclass(frozen=True, slots=True)
class CampaignPage:
    rows: list[Row]
    next: UUID | None  # give it as `after` for the page that follows


async def page_of(
    company: Company,
    user: User,
    *,
    states: Sequence[CampaignState],
    after: UUID | None = None,
    limit: int = PAGE,
) -> CampaignPage:
    """The newest first: ids sort by their time of birth."""
    require(user, Permission.CAMPAIGNS_SEE)
    found = Campaign.of(company).filter(state__in=list(states))
    if after is not None:
        found = found.filter(id__lt=after)
    campaigns = await found.order_by("-id").limit(limit + 1)
    more, campaigns = len(campaigns) > limit, campaigns[:limit]
    return CampaignPage(await _rows(company, campaigns), campaigns[-1].id if more else None)


async def one_row(company: Company, user: User, campaign_id: UUID) -> Row:
    """Raises Forbidden, NotFound."""
    require(user, Permission.CAMPAIGNS_SEE)
    return (await _rows(company, [await Campaign.one(company, campaign_id)]))[0]


async def one_of(company: Company, user: User, campaign_id: UUID) -> Campaign:
    """Raises Forbidden, NotFound."""
    require(user, Permission.CAMPAIGNS_SEE)
    return await Campaign.one(company, campaign_id)


async def counts(company: Company, user: User) -> dict[CampaignState, int]:
    require(user, Permission.CAMPAIGNS_SEE)
    rows = (
        await Campaign.of(company)
        .annotate(many=Count("id"))
        .group_by("state")
        .values_list("state", "many")
    )
    found = {CampaignState(state): int(many) for state, many in rows}
    return {state: found.get(state, 0) for state in CampaignState}


async def _rows(company: Company, campaigns: list[Campaign]) -> list[Row]:
    channels = await _names(Channel, company, [one.channel_id for one in campaigns])
    lists = await _names(ContactList, company, [one.contact_list_id for one in campaigns])
    running = [one.id for one in campaigns if one.state == CampaignState.RUNNING][:MOST_RATES]
    rates = {one: await progress.snapshot(company, one) for one in running}
    return [
        Row(
            one,
            channels.get(one.channel_id, ""),
            lists.get(one.contact_list_id, ""),
            rates.get(one.id),
        )
        for one in campaigns
    ]


async def _names(
    model: type[Channel | ContactList], company: Company, ids: Iterable[UUID | None]
) -> dict[UUID | None, str]:
    wanted = list({one for one in ids if one is not None})
    if not wanted:
        return {}
    return {one.id: one.name for one in await model.of(company).filter(id__in=wanted)}
