"""Take back what waits for people who want nothing more: before the next write, whatever stage it stands in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from uuid import UUID

from esquadrao.campaigns import line
from esquadrao.campaigns.confirm import let_go
from esquadrao.campaigns.lifecycle import (
    NOT_QUEUED,
    UNPREPARED,
    DeliveryClass,
    DeliveryState,
    SkipReason,
)
from esquadrao.campaigns.models import Delivery
from esquadrao.database import db_now, locked
from esquadrao.messages.change import Change
from esquadrao.messages.models import Direction, Message, MessageState
from esquadrao.messages.reply import take_back
from esquadrao.messages.settle import HANDED_OVER, withdrawn
from esquadrao.signals import Signal, Subject
from esquadrao.unit_of_work import Work

OPEN = (*NOT_QUEUED, DeliveryState.QUEUED)  # Deliveries that may still come to something
NOT_ENDED = (MessageState.PENDING, *HANDED_OVER)


async def withdraw(work: Work, company_id: UUID, contact_id: UUID) -> None:
    """Inside the caller's transaction. What is prepared or claimed meanwhile is dropped by the claim's last look; what
    is on its way is asked about, and ends where nothing was written (R7); a request that arrives all the same is over
    at once (asked.py).
    """
    theirs = Message.of(company_id).filter(
        contact_id=contact_id, direction=Direction.OUT, campaign_id__isnull=False
    )
    moment = await db_now()
    on_its_way = theirs.filter(state__in=HANDED_OVER, is_being_cancelled=False)
    suppressed = SkipReason.SUPPRESSED.value
    await on_its_way.update(is_being_cancelled=True, settle_by=moment, code=suppressed)
    waiting = await locked(theirs.filter(state=MessageState.PENDING).order_by("id"))
    changes = []
    for one in waiting:
        end = withdrawn(is_in_doubt=one.doubt)
        pending = Message.of(company_id).filter(id=one.id, state=MessageState.PENDING)
        await pending.update(state=end, code=suppressed, ended_at=moment)
        change = (company_id, one.campaign_id, one.delivery_id, MessageState.PENDING, end)
        changes.append(Change(*change, suppressed, one.step))
    await line.follow(work, changes)
    await _leave_out(work, company_id, contact_id)
    await let_go(work, company_id, contact_id, at=moment)


async def withdraw_many(work: Work, company_id: UUID, contact_ids: Sequence[UUID]) -> None:
    """Of many people, those for whom something waits or is on its way."""
    if not contact_ids:
        return
    open_ones = Delivery.of(company_id).filter(contact_id__in=contact_ids, state__in=OPEN)
    texts = Message.of(company_id).filter(
        contact_id__in=contact_ids, direction=Direction.OUT, state__in=NOT_ENDED
    )
    found = {one.contact_id for one in await open_ones.only("contact_id")}
    found |= {one.contact_id for one in await texts.only("contact_id")}
    for contact_id in sorted(found):
        await withdraw(work, company_id, contact_id)
        await silence(company_id, contact_id)


async def silence(company_id: UUID, contact_id: UUID) -> None:
    """No text of ours that was on its way to them leaves any more: all of them are automatic."""
    texts = Message.of(company_id).filter(
        contact_id=contact_id,
        direction=Direction.OUT,
        campaign_id=None,
        state__in=NOT_ENDED,
    )
    found = [one.id for one in await texts.only("id")]
    await take_back(company_id, found, at=await db_now())


async def _leave_out(work: Work, company_id: UUID, contact_id: UUID) -> None:
    """Of whatever Campaign chose them and has nothing for them yet: it would else wait for their turn to say so."""
    theirs = Delivery.of(company_id).filter(contact_id=contact_id, state__in=UNPREPARED)
    for one in await locked(theirs.order_by("id")):
        unprepared = Delivery.of(company_id).filter(id=one.id, state=one.state)
        skipped = DeliveryClass.SKIPPED
        await unprepared.update(
            state=DeliveryState.SKIPPED, line_class=skipped, reason=SkipReason.SUPPRESSED
        )
        owner = {one.campaign_id: company_id}
        await line.add({one.campaign_id: Counter(waiting=-1, skipped=1)}, owner)
        await line.finish(work, owner)
        work.signal(Signal(company_id, Subject.CAMPAIGN, one.campaign_id))
