"""Take back what waits for people who want nothing more: before the next write, whatever stage it stands in."""

from __future__ import annotations

from uuid import UUID

from esquadrao.campaigns import line
from esquadrao.campaigns.confirm import let_go
from esquadrao.campaigns.lifecycle import SkipReason
from esquadrao.companies.access import Permission, require
from esquadrao.companies.models import Company, User
from esquadrao.contacts.models import Contact, SuppressedBy
from esquadrao.contacts.suppress import lift, suppress
from esquadrao.database import again_on_deadlock, db_now, locked
from esquadrao.messages.change import Change
from esquadrao.messages.models import Direction, Message, MessageState
from esquadrao.messages.settle import HANDED_OVER, withdrawn
from esquadrao.unit_of_work import Work, unit_of_work


async def withdraw(work: Work, company_id: UUID, contact_id: UUID) -> None:
    """Inside the caller's transaction. Who is not prepared yet is left out by prepare; what was claimed meanwhile is
    dropped by the claim's last look; what is on its way is asked about, and ends where nothing was written (R7).
    """
    theirs = Message.of(company_id).filter(
        contact_id=contact_id, direction=Direction.OUT, campaign_id__isnull=False
    )
    moment = await db_now()
    on_its_way = theirs.filter(state__in=HANDED_OVER, is_being_cancelled=False)
    await on_its_way.update(is_being_cancelled=True, settle_by=moment)
    waiting = await locked(theirs.filter(state=MessageState.PENDING).order_by("id"))
    changes = []
    for one in waiting:
        end = withdrawn(is_in_doubt=one.doubt)
        pending = Message.of(company_id).filter(id=one.id, state=MessageState.PENDING)
        await pending.update(state=end, code=SkipReason.SUPPRESSED.value, ended_at=moment)
        change = (company_id, one.campaign_id, one.delivery_id, MessageState.PENDING, end)
        changes.append(Change(*change, SkipReason.SUPPRESSED.value, one.step))
    await line.follow(work, changes)
    await let_go(work, company_id, contact_id, at=moment)


@again_on_deadlock
async def leave_alone(company: Company, user: User, contact_id: UUID) -> Contact:
    """A person decides it: no Campaign writes to this Contact any more, over any Channel. Raises NotFound."""
    require(user, Permission.CONTACTS_WRITE)
    contact = await Contact.one(company, contact_id)
    async with unit_of_work() as work:
        await suppress(contact, reason=SuppressedBy.PERSON, at=await db_now(), user_id=user.id)
        await withdraw(work, company.id, contact.id)
    return await Contact.one(company, contact_id)


@again_on_deadlock
async def write_again(company: Company, user: User, contact_id: UUID) -> Contact:
    """A person lifts it, with their name as the proof. Raises NotFound."""
    require(user, Permission.CONTACTS_WRITE)
    contact = await Contact.one(company, contact_id)
    async with unit_of_work():
        await lift(contact, at=await db_now(), user_id=user.id)
    return await Contact.one(company, contact_id)
