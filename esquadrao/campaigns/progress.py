"""What the live page, the API and the subscription show of a Campaign: one read of counters, never a count of rows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from esquadrao.campaigns import big
from esquadrao.campaigns.check import is_waiting
from esquadrao.campaigns.lifecycle import (
    CampaignState,
    DeliveryClass,
    DeliveryState,
    PauseReason,
)
from esquadrao.campaigns.models import Campaign, Delivery
from esquadrao.campaigns.slow import own_pace_of
from esquadrao.campaigns.texts import asks_first
from esquadrao.channels.models import Channel, ChannelState
from esquadrao.companies.models import Company
from esquadrao.contacts.models import Contact
from esquadrao.database import db_now
from esquadrao.messages.forecast import expected_end
from esquadrao.messages.gate import Facts
from esquadrao.messages.gate_codes import Code
from esquadrao.messages.gate_facts import FIRST, OfMessage, facts_of
from esquadrao.messages.models import Message, MessageState, Step
from esquadrao.messages.why import Why, why
from esquadrao.words import N_

RATE_WINDOW = timedelta(minutes=1)
SHOW_PACE_AFTER = timedelta(seconds=3)  # a shorter pause is the normal course, nothing to explain

PAUSED = N_("A campanha está pausada.")
ANSWERS = N_(
    "Respostas que faltam: {number}. Quem não responder em {hours} horas fica fora do envio."
)
LATE = N_("O início atrasou mais de 1 hora. Confirme para começar agora.")
SCHEDULED = N_("Começa no horário marcado.")


@dataclass(frozen=True, slots=True)
class Progress:
    campaign: Campaign
    channel_name: str
    chosen: int
    skipped: int
    waiting: int
    sending: int
    sent: int
    failed: int
    unknown: int
    cancelled: int
    delivered: int
    read: int
    replied: int
    opted_out: int
    asked: int  # confirmation requests that WhatsApp has
    yes: int
    no: int
    silent: int  # did not answer in time
    awaiting: int  # were asked and may still answer; part of `waiting`
    rate_now: float  # messages a minute over the last minute
    rate_mean: float  # messages a minute since the start
    expected_end: datetime | None
    wait: Why | None

    @property
    def adds_up(self) -> bool:
        return self.chosen == self.settled + self.waiting + self.sending

    @property
    def settled(self) -> int:
        """Everybody for whom nothing more is to do."""
        return self.skipped + self.sent + self.failed + self.unknown + self.cancelled


async def snapshot(company: Company, campaign_id: UUID) -> Progress:
    """Raises NotFound."""
    campaign = await Campaign.one(company, campaign_id)
    channel = (
        await Channel.of(company).get_or_none(id=campaign.channel_id)
        if campaign.channel_id
        else None
    )
    moment = await db_now()
    rate_now = await _rate(campaign, moment)
    is_under_way = channel is not None and campaign.state == CampaignState.RUNNING
    first = await _first(campaign) if is_under_way and campaign.waiting else FIRST
    wait = await _wait(company, campaign, channel, moment, first)
    can_tell = channel is not None and (wait is None or wait.code is not Code.UNREADABLE)
    facts = facts_of(channel, company, first) if channel and can_tell else None
    asks = await asks_first(company, campaign.id)
    return replace(
        _counters(campaign),
        channel_name=channel.name if channel else "",
        rate_now=rate_now,
        rate_mean=_mean(campaign, moment),
        expected_end=_expected_end(campaign, facts, moment, asks=asks),
        wait=wait,
    )


async def counted(company_id: UUID, campaign_id: UUID) -> Progress:
    """The counters alone, by one read of one row: no rate, no expected end. Raises NotFound."""
    return _counters(await Campaign.one(company_id, campaign_id))


def _counters(campaign: Campaign) -> Progress:
    return Progress(
        campaign=campaign,
        channel_name="",
        chosen=campaign.chosen,
        skipped=campaign.skipped,
        waiting=campaign.waiting,
        sending=campaign.sending,
        sent=campaign.sent,
        failed=campaign.failed,
        unknown=campaign.unknown,
        cancelled=campaign.cancelled,
        delivered=campaign.delivered_count,
        read=campaign.read_count,
        replied=campaign.replied_count,
        opted_out=campaign.opted_out_count,
        asked=campaign.asked_count,
        yes=campaign.yes_count,
        no=campaign.no_count,
        silent=campaign.silent_count,
        awaiting=_awaiting(campaign),
        rate_now=0.0,
        rate_mean=0.0,
        expected_end=None,
        wait=None,
    )


def _awaiting(campaign: Campaign) -> int:
    answered = campaign.yes_count + campaign.no_count
    return campaign.asked_count - answered - campaign.silent_count - campaign.closed_count


async def _rate(campaign: Campaign, moment: datetime) -> float:
    if campaign.state != CampaignState.RUNNING:
        return 0.0
    count = await big.sent_since(campaign.company_id, campaign.id, moment - RATE_WINDOW)
    since_start = moment - (campaign.started_at or moment)
    minutes = min(RATE_WINDOW, max(since_start, timedelta(seconds=5))) / timedelta(minutes=1)
    return count / minutes


def _mean(campaign: Campaign, moment: datetime) -> float:
    if campaign.started_at is None:
        return 0.0
    minutes = ((campaign.finished_at or moment) - campaign.started_at) / timedelta(minutes=1)
    return campaign.sent / max(minutes, 1 / 60)


def _expected_end(
    campaign: Campaign, facts: Facts | None, moment: datetime, *, asks: bool
) -> datetime | None:
    """By the same rules as the gate; nothing while the Channel is away, or when people's answers decide."""
    is_away = facts is None or facts.state != ChannelState.CONNECTED
    if campaign.state != CampaignState.RUNNING or facts is None or is_away or asks:
        return None
    return expected_end(facts, campaign.waiting + campaign.sending, moment)


async def _wait(
    company: Company,
    campaign: Campaign,
    channel: Channel | None,
    moment: datetime,
    first: OfMessage,
) -> Why | None:
    if campaign.state == CampaignState.PAUSED:
        return Why(LATE if campaign.reason == PauseReason.LATE_START else PAUSED)
    if campaign.state == CampaignState.SCHEDULED:
        return Why(SCHEDULED, until=campaign.scheduled_at)
    if campaign.state != CampaignState.RUNNING or channel is None or not campaign.waiting:
        return None
    if campaign.waiting == _awaiting(campaign):
        values = {"number": str(campaign.waiting), "hours": str(campaign.answer_hours)}
        return Why(ANSWERS, values)
    found = await why(company, channel, moment, first)
    if found and found.until is not None and found.until - moment < SHOW_PACE_AFTER:
        return None
    return found


async def _first(campaign: Campaign) -> OfMessage:
    """Whose turn it is: somebody who wrote before others, since only who never wrote may have to wait for a budget.

    Where nothing is prepared it is somebody of whom WhatsApp has not said yet whether their number exists.
    """
    ready = Message.of(campaign.company_id).filter(
        campaign_id=campaign.id, state=MessageState.PENDING
    )
    first = await ready.order_by("is_cold", "id").only("id", "is_cold").first()
    own = own_pace_of(campaign)
    if first is None:
        unchecked = await is_waiting(campaign.company_id, campaign.id)
        return OfMessage(is_unchecked=unchecked, own_pace=own)
    return OfMessage(is_cold=first.is_cold, own_pace=own)


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    id: int
    contact_id: UUID
    name: str
    phone: str
    line_class: DeliveryClass
    state: DeliveryState
    reason: str
    message_state: MessageState | None
    code: str
    changed_at: datetime | None


LAST_CHANGE = ("read_at", "delivered_at", "server_ack_at", "accepted_at", "created_at")


async def deliveries(
    company: Company,
    campaign_id: UUID,
    *,
    line_class: DeliveryClass | None = None,
    after: int | None = None,
    limit: int = 50,
) -> list[DeliveryRow]:
    """A page of the people of a Campaign, by rising id after `after`. The Campaign must be the Company's."""
    await Campaign.one(company, campaign_id)
    classes = [line_class] if line_class is not None else list(DeliveryClass)
    ids = await big.first_deliveries(
        company.id, campaign_id, classes, after=after or 0, limit=limit
    )
    page = await Delivery.of(company).filter(id__in=ids).order_by("id") if ids else []
    contacts = {
        one.id: one
        for one in await Contact.of(company).filter(id__in=[row.contact_id for row in page])
    }
    # Of two the Campaign's own counts, not the request before it.
    sent = Message.of(company).filter(delivery_id__in=[row.id for row in page], step__lte=Step.MAIN)
    messages = {one.delivery_id: one for one in await sent.order_by("step")}
    return [_row(row, contacts.get(row.contact_id), messages.get(row.id)) for row in page]


def _row(delivery: Delivery, contact: Contact | None, message: Message | None) -> DeliveryRow:
    moments = [getattr(message, name) for name in LAST_CHANGE] if message else []
    return DeliveryRow(
        id=delivery.id,
        contact_id=delivery.contact_id,
        name=contact.name if contact else "",
        phone=delivery.phone,
        line_class=delivery.line_class,
        state=delivery.state,
        reason=delivery.reason,
        message_state=message.state if message else None,
        code=message.code if message else "",
        changed_at=next((one for one in moments if one is not None), None),
    )
