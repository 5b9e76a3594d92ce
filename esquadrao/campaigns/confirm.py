"""Confirmation: what an answer does to the request it answers, and the end of those nobody answered.

The newest request of the Contact on that Channel counts, of a Campaign that still moves; a yes lets prepare write the
Message, which keeps its pace and hours. Every request ends: by an answer, an opt-out, a cancel or its window.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from uuid import UUID

from esquadrao.campaigns import asked, line
from esquadrao.campaigns.lifecycle import (
    CampaignState,
    DeliveryClass,
    DeliveryState,
    SkipReason,
)
from esquadrao.campaigns.models import Answer, Campaign, Confirmation, Delivery
from esquadrao.campaigns.yes_no import yes_or_no
from esquadrao.contacts.models import Contact
from esquadrao.database import again_on_deadlock, db_now, locked
from esquadrao.jobs import DispatchMessages, PrepareCampaign
from esquadrao.messages.inbound import Arrived
from esquadrao.messages.reply import queue_automatic
from esquadrao.signals import Signal, Subject
from esquadrao.unit_of_work import Work, unit_of_work

ASK_AGAIN = "Responda SIM ou NÃO."  # in Portuguese, as our people write
CHUNK = 500  # requests a transaction closes
MOVES = (CampaignState.RUNNING, CampaignState.PAUSED)


async def answered(work: Work, arrived: Arrived) -> bool:
    """Whether the text was an answer to a request, in the caller's transaction; the first re-ask is one too."""
    request, campaign = await _open_request(arrived)
    if request is None or campaign is None:
        return False
    answer = yes_or_no(arrived.text)
    if answer is None:
        return await _ask_again(work, arrived, request, campaign)
    of = (request.company_id, [request], answer)
    if not await asked.close(*of, at=arrived.at, message_id=arrived.message_id):
        return False
    await end(work, campaign, [request.delivery_id], answer)
    return True


async def end(work: Work, campaign: Campaign, delivery_ids: list[int], answer: Answer) -> None:
    """Move the asked Deliveries of one Campaign on: to prepare after a yes, else out of it with the reason."""
    state, line_class, reason = ENDS[answer]
    theirs = Delivery.of(campaign.company_id).filter(id__in=delivery_ids, state=DeliveryState.ASKED)
    moved = await theirs.update(state=state, line_class=line_class, reason=reason)
    delta = Counter({f"{answer.value}_count": len(delivery_ids)})
    if line_class is DeliveryClass.WAITING:
        work.enqueue(PrepareCampaign(campaign.company_id, campaign.id))
    else:
        delta.update({"waiting": -moved, line_class.value: moved})
    owner = {campaign.id: campaign.company_id}
    await line.add({campaign.id: delta}, owner)
    await line.finish(work, owner)
    work.signal(Signal(campaign.company_id, Subject.CAMPAIGN, campaign.id))


ENDS: dict[Answer, tuple[DeliveryState, DeliveryClass, str]] = {
    Answer.YES: (DeliveryState.CONFIRMED, DeliveryClass.WAITING, ""),
    Answer.NO: (DeliveryState.DECLINED, DeliveryClass.SKIPPED, SkipReason.DECLINED),
    Answer.SILENT: (DeliveryState.UNANSWERED, DeliveryClass.SKIPPED, SkipReason.UNANSWERED),
    Answer.CLOSED: (DeliveryState.CANCELLED, DeliveryClass.CANCELLED, SkipReason.SUPPRESSED),
}


async def let_go(work: Work, company_id: UUID, contact_id: UUID, *, at: datetime) -> None:
    """Whoever wants nothing more is not waited for, whatever Campaign asked."""
    theirs = Confirmation.of(company_id).filter(contact_id=contact_id, answer=Answer.WAITING)
    for one in await locked(theirs.order_by("id")):
        await asked.close(company_id, [one], Answer.CLOSED, at=at)
        campaign = await Campaign.one(company_id, one.campaign_id)
        await end(work, campaign, [one.delivery_id], Answer.CLOSED)


async def close_silent() -> None:
    """The sweeper's: every request whose window has closed, of every Company."""
    while await _close_some():
        pass


async def _close_some() -> int:
    due = Confirmation.across_companies().filter(
        answer=Answer.WAITING, answer_by__lte=await db_now()
    )
    first = await due.order_by("answer_by").first()
    if first is None:
        return 0
    return await _close_of(first.company_id, first.campaign_id)


@again_on_deadlock
async def _close_of(company_id: UUID, campaign_id: UUID) -> int:
    """How many were closed; 0 also when another sweeper was faster, and looks at the next itself."""
    async with unit_of_work() as work:
        moment = await db_now()
        due = Confirmation.of(company_id).filter(
            campaign_id=campaign_id, answer=Answer.WAITING, answer_by__lte=moment
        )
        requests = await locked(due.order_by("id").limit(CHUNK), skip_locked=True)
        if not requests:
            return 0
        await asked.close(company_id, requests, Answer.SILENT, at=moment)
        campaign = await Campaign.one(company_id, campaign_id)
        await end(work, campaign, [one.delivery_id for one in requests], Answer.SILENT)
    return len(requests)


async def _open_request(arrived: Arrived) -> tuple[Confirmation | None, Campaign | None]:
    """The newest that WhatsApp had before the text was written and that may still be answered."""
    company_id = arrived.contact.company_id
    theirs = Confirmation.of(company_id).filter(
        contact_id=arrived.contact.id,
        channel_id=arrived.channel_id,
        answer=Answer.WAITING,
        asked_at__lte=arrived.at,
        answer_by__gt=arrived.at,
    )
    for request in await locked(theirs.order_by("-asked_at", "-id")):
        campaign = await Campaign.one(company_id, request.campaign_id)
        if campaign.state in MOVES:
            return request, campaign
    return None, None


async def _ask_again(
    work: Work, arrived: Arrived, request: Confirmation, campaign: Campaign
) -> bool:
    """Once; a paused Campaign asks nothing."""
    if request.asked_again_with is not None or campaign.state is not CampaignState.RUNNING:
        return False
    contact: Contact = arrived.contact
    message = await queue_automatic(contact, arrived.channel_id, ASK_AGAIN)
    if message is None:
        return False
    rows = Confirmation.of(request.company_id).filter(id=request.id)
    await rows.update(asked_again_with=message.id)
    work.enqueue(DispatchMessages())
    return True
