"""What an inbound text means, in this order: leave me alone, or write again; yes or no; then it counts as a reply.

Everything stays on the Contact's timeline whatever it means. A Campaign's own message never counts as an answer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog
from tortoise.expressions import F

from esquadrao.campaigns.breakers import LAST, limits_of
from esquadrao.campaigns.confirm import answered
from esquadrao.campaigns.lifecycle import CampaignState, PauseReason
from esquadrao.campaigns.models import Campaign, Delivery
from esquadrao.campaigns.withdraw import silence, withdraw
from esquadrao.companies.models import Company
from esquadrao.contacts.models import Contact, SuppressedBy
from esquadrao.contacts.optout import Asks, asks
from esquadrao.contacts.phone import Phone
from esquadrao.contacts.suppress import Why, lift, standing, suppress
from esquadrao.database import again_on_deadlock
from esquadrao.jobs import DispatchMessages
from esquadrao.messages import inbound, unnamed
from esquadrao.messages.inbound import Arrived
from esquadrao.messages.models import Direction, Message, Step
from esquadrao.messages.reply import queue_automatic
from esquadrao.signals import Signal, Subject
from esquadrao.unit_of_work import Work, unit_of_work

log = structlog.get_logger()
AFTER_CAMPAIGN = timedelta(days=7)  # "cancelar" alone counts this long after a Campaign's message
# In Portuguese, as our people write: the Contact's language is not known.
ACKNOWLEDGED = (
    "Pronto, você não vai mais receber nossas mensagens. Se mudar de ideia, responda VOLTAR."
)
WELCOME_BACK = "Combinado, você volta a receber nossas mensagens. Para sair, responda SAIR."


async def take(events: Sequence[dict[str, Any]]) -> None:
    """Keep, then act. Told twice, an event acts once."""
    async with unit_of_work():
        keys = await inbound.keep(events)
    if keys:
        await act(keys)


async def name(phones: Mapping[UUID, Mapping[str, Phone]]) -> None:
    """By Company, LID → phone: act on what people wrote of whom nobody knew the phone."""
    keys = []
    async with unit_of_work():
        for company_id, of_lids in sorted(phones.items()):
            keys += await unnamed.name(company_id, of_lids)
    if keys:
        await act(keys)


async def act_on_left() -> int:
    """What was kept while something failed; how many there were."""
    keys = await inbound.left()
    for key in keys:
        try:
            await act([key])
        except Exception:  # one that cannot be read must not hold back the others
            log.exception("inbound_not_read", channel_id=str(key[1]))
    return len(keys)


@again_on_deadlock
async def act(keys: Sequence[inbound.Key]) -> None:
    async with unit_of_work() as work:
        found = await inbound.read(keys)
        for company_id, contact_id in sorted(found.touched):
            work.signal(Signal(company_id, Subject.CONTACT, contact_id))
        for one in found.arrived:
            await _answer(work, one)


async def _answer(work: Work, arrived: Arrived) -> None:
    contact = arrived.contact
    last = await _last_campaign_message(arrived)
    since = arrived.at - last.server_ack_at if last and last.server_ack_at else None
    said = asks(arrived.text, after_campaign=since is not None and since <= AFTER_CAMPAIGN)
    if said is Asks.OUT:
        await _out(work, arrived, last if since is not None and since <= AFTER_CAMPAIGN else None)
    elif said is Asks.BACK and await _back(work, arrived):
        pass
    elif said is not Asks.DOUBTFUL and await answered(work, arrived):
        return
    if last is not None and since is not None and last.step >= Step.MAIN:
        company = await Company.of(contact.company_id).only("reply_days").get()
        if since <= timedelta(days=company.reply_days):
            await _replied(work, arrived, last)


async def _last_campaign_message(arrived: Arrived) -> Message | None:
    rows = Message.of(arrived.contact.company_id).filter(
        contact_id=arrived.contact.id,
        channel_id=arrived.channel_id,
        direction=Direction.OUT,
        campaign_id__isnull=False,
        server_ack_at__lte=arrived.at,
    )
    return await rows.order_by("-server_ack_at", "-id").first()


async def _out(work: Work, arrived: Arrived, last: Message | None) -> None:
    """On all Channels at once, with one acknowledgement and the proof; said again, it changes nothing."""
    contact = arrived.contact
    campaign_id = last.campaign_id if last else None
    why = Why(SuppressedBy.OPT_OUT, message_id=arrived.message_id, campaign_id=campaign_id)
    is_new = await suppress(contact, why, at=arrived.at)
    await withdraw(work, contact.company_id, contact.id)
    if not is_new:  # what was said the first time is on its way
        return
    await silence(contact.company_id, contact.id)
    await queue_automatic(contact, arrived.channel_id, ACKNOWLEDGED)
    work.enqueue(DispatchMessages())
    if campaign_id is not None:
        rows = Campaign.of(contact.company_id).filter(id=campaign_id)
        await rows.update(opted_out_count=F("opted_out_count") + 1)
        await _stop_where_many_leave(work, await rows.get())


async def _back(work: Work, arrived: Arrived) -> bool:
    """Only what their own word did: what somebody of the Company decided stays."""
    found = await standing(arrived.contact)
    if found is None or found.reason is not SuppressedBy.OPT_OUT:
        return False
    if not await lift(found, at=arrived.at, message_id=arrived.message_id):
        return False
    await queue_automatic(arrived.contact, arrived.channel_id, WELCOME_BACK)
    work.enqueue(DispatchMessages())
    return True


async def _replied(work: Work, arrived: Arrived, last: Message) -> None:
    """The first answer counts."""
    company_id = arrived.contact.company_id
    first = Delivery.of(company_id).filter(id=last.delivery_id, replied_at=None)
    if await first.update(replied_at=arrived.at) and last.campaign_id is not None:
        rows = Campaign.of(company_id).filter(id=last.campaign_id)
        await rows.update(replied_count=F("replied_count") + 1)
        work.signal(Signal(company_id, Subject.CAMPAIGN, last.campaign_id))


async def _stop_where_many_leave(work: Work, campaign: Campaign) -> None:
    """The breaker of opt-outs, over the Campaign's last 50; what a person resumed counts anew."""
    company_id = campaign.company_id
    newest = Message.of(company_id).filter(campaign_id=campaign.id, server_ack_at__isnull=False)
    if campaign.watched_from is not None:
        newest = newest.filter(server_ack_at__gt=campaign.watched_from)
    people = [one.contact_id for one in await newest.order_by("-id").limit(LAST).only("contact_id")]
    left = Contact.of(company_id).filter(id__in=people, suppressed_at__isnull=False)
    out = await left.count()
    company = await Company.one(company_id, company_id)
    if not limits_of(company).is_left_by_many(out, len(people)):
        return
    running = Campaign.of(company_id).filter(id=campaign.id, state=CampaignState.RUNNING)
    values = {"out": out, "of": len(people)}
    hit = await running.update(
        state=CampaignState.PAUSED, reason=PauseReason.BREAKER_OPT_OUTS, reason_values=values
    )
    if hit:
        work.signal(Signal(company_id, Subject.CAMPAIGN, campaign.id))
        log.warning("breaker_tripped", campaign_id=str(campaign.id), reason="opt_outs", **values)
