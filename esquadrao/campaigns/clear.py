"""After a cancel: everything not yet handed over is cancelled, in chunks; what is on its way is asked about."""

from __future__ import annotations

from collections import Counter
from uuid import UUID

from esquadrao.campaigns import asked, line
from esquadrao.campaigns.lifecycle import (
    NOT_QUEUED,
    CampaignState,
    DeliveryClass,
    DeliveryState,
)
from esquadrao.campaigns.models import Answer, Campaign, Confirmation, Delivery
from esquadrao.database import again_on_deadlock, db_now, locked
from esquadrao.messages.change import Change
from esquadrao.messages.models import Message, MessageState
from esquadrao.messages.settle import HANDED_OVER
from esquadrao.unit_of_work import unit_of_work

CHUNK = 1_000  # rows a transaction, so that SQLite's one writer is never held for long


async def clear_cancelled(company_id: UUID, campaign_id: UUID) -> None:
    """Idempotent, and found again by the sweeper when it dies in the middle."""
    while await _messages(company_id, campaign_id):
        pass
    for state in NOT_QUEUED:
        while await _deliveries(company_id, campaign_id, state):
            pass


@again_on_deadlock
async def _messages(company_id: UUID, campaign_id: UUID) -> int:
    """Pending without doubt is cancelled, pending with doubt is unknown (R7)."""
    async with unit_of_work("clear") as work:
        if (
            not await Campaign.of(company_id)
            .filter(id=campaign_id, state=CampaignState.CANCELLED)
            .exists()
        ):
            return 0
        of_campaign = Message.of(company_id).filter(campaign_id=campaign_id)
        await of_campaign.filter(state__in=HANDED_OVER, is_being_cancelled=False).update(
            is_being_cancelled=True, settle_by=await db_now()
        )
        waiting = await locked(
            of_campaign.filter(state=MessageState.PENDING).order_by("id").limit(CHUNK)
        )
        changes = []
        for doubt, end in ((False, MessageState.CANCELLED), (True, MessageState.UNKNOWN)):
            rows = [one for one in waiting if one.doubt is doubt]
            await Message.of(company_id).filter(id__in=[one.id for one in rows]).update(state=end)
            changes += [
                Change(
                    company_id,
                    campaign_id,
                    one.delivery_id,
                    MessageState.PENDING,
                    end,
                    step=one.step,
                )
                for one in rows
            ]
        await line.follow(work, changes)
    return len(waiting)


@again_on_deadlock
async def _deliveries(company_id: UUID, campaign_id: UUID, state: DeliveryState) -> int:
    """Those of whom nothing waits in the outbox: not prepared yet, or asked."""
    async with unit_of_work("clear"):
        if (
            not await Campaign.of(company_id)
            .filter(id=campaign_id, state=CampaignState.CANCELLED)
            .exists()
        ):
            return 0
        waiting = Delivery.of(company_id).filter(campaign_id=campaign_id, state=state)
        rows = await locked(waiting.order_by("id").limit(CHUNK).only("id"))
        ids = [one.id for one in rows]
        counted = Counter(waiting=-len(rows), cancelled=len(rows))
        if state is DeliveryState.ASKED:
            requests = await Confirmation.of(company_id).filter(delivery_id__in=ids)
            closed = await asked.close(company_id, requests, Answer.CLOSED, at=await db_now())
            counted["closed_count"] = closed
        await (
            Delivery.of(company_id)
            .filter(id__in=ids)
            .update(state=DeliveryState.CANCELLED, line_class=DeliveryClass.CANCELLED)
        )
        await line.add({campaign_id: counted}, {campaign_id: company_id})
    return len(rows)
