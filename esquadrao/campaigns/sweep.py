"""Ring again for every row that stayed too long in a state: a lost hint costs one interval, never a Message.

Two sweepers at once are harmless: each step either claims its rows by a conditional UPDATE or rings a job that may run
twice.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from uuid import UUID

from esquadrao.apart import apart
from esquadrao.campaigns import line
from esquadrao.campaigns.answers import act_on_left
from esquadrao.campaigns.clear import clear_cancelled
from esquadrao.campaigns.confirm import close_silent
from esquadrao.campaigns.lifecycle import NOT_QUEUED, CampaignState
from esquadrao.campaigns.models import Campaign, Delivery
from esquadrao.campaigns.policy import apply_policies
from esquadrao.campaigns.restored import look
from esquadrao.campaigns.watch import watch
from esquadrao.campaigns.window import unprepared
from esquadrao.channels import session
from esquadrao.channels.notices import look_for_fallen
from esquadrao.channels.pair import tell
from esquadrao.contacts.importing import unfinished
from esquadrao.database import db_now
from esquadrao.jobs import (
    DispatchMessages,
    ImportContacts,
    PrepareCampaign,
    ProcessCampaign,
    VerifyCampaigns,
)
from esquadrao.messages.ask import MOST as MOST_QUESTIONS
from esquadrao.messages.ask import ask_unsettled
from esquadrao.messages.models import Message, MessageState
from esquadrao.unit_of_work import unit_of_work

MOST = 1_000  # campaigns a transaction rings
FIRST = UUID(int=0)  # below every id


async def sweep() -> None:
    """Every step, whatever became of the one before: what one of them cannot do must not keep the rest (D24)."""
    await look()
    steps = (_unsettled, _campaigns, _cancelled, apply_policies, watch, act_on_left, close_silent)
    await apart("sweep", (*steps, look_for_fallen, _rest), _take)


async def _take(step: Callable[[], Awaitable[object]]) -> None:
    await step()


async def _unsettled() -> None:
    while await ask_unsettled() == MOST_QUESTIONS:
        pass  # whoever was asked is not due again for a while: there is an end


async def _rest() -> None:
    async with unit_of_work("sweep") as work:
        tell(work, *await session.unanswered())
        for company_id, import_id in await unfinished(await db_now()):
            work.enqueue(ImportContacts(company_id, import_id))
        work.enqueue(VerifyCampaigns())
        work.enqueue(DispatchMessages())


async def _campaigns() -> None:
    """All of them, however many: a batch that always began at the first would leave the others to luck."""
    after = FIRST
    while batch := await _moving(after):
        await _ring(batch)
        after = batch[-1].id


async def _moving(after: UUID) -> list[Campaign]:
    moving = Campaign.across_companies().filter(
        state__in=(CampaignState.PROCESSING, CampaignState.RUNNING), id__gt=after
    )
    wanted = ("id", "company_id", "state", "waiting", "sending")
    return await moving.order_by("id").limit(MOST).only(*wanted)


async def _ring(campaigns: list[Campaign]) -> None:
    async with unit_of_work("sweep") as work:
        going = []
        for campaign in campaigns:
            if campaign.state == CampaignState.PROCESSING:
                work.enqueue(ProcessCampaign(campaign.company_id, campaign.id))
            elif campaign.waiting or campaign.sending:
                going.append(campaign.id)
            else:
                await line.finish(work, {campaign.id: campaign.company_id})
        for campaign_id, company_id in await unprepared(going):
            work.enqueue(PrepareCampaign(company_id, campaign_id))


async def _cancelled() -> None:
    """A cancel that died in the middle, or a window prepared while it was cancelled."""
    ended = Campaign.across_companies().filter(state=CampaignState.CANCELLED, waiting__gt=0)
    await apart("clear", await ended.limit(MOST).only("id", "company_id"), _clear)


async def _clear(campaign: Campaign) -> None:
    waits = Delivery.of(campaign.company_id).filter(campaign_id=campaign.id, state__in=NOT_QUEUED)
    ready = Message.of(campaign.company_id).filter(
        campaign_id=campaign.id, state=MessageState.PENDING
    )
    if await waits.exists() or await ready.exists():
        await clear_cancelled(campaign.company_id, campaign.id)
