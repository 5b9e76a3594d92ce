"""Stage 3, prepare: a short window of rendered Messages ahead of the pace, never the whole Campaign.

So an opt-out, an edit or a cancel acts on everybody not yet prepared. The text, its digest, the Variant and the wa_id
are fixed here for ever.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from math import ceil
from uuid import UUID

from esquadrao import sql
from esquadrao.campaigns import line
from esquadrao.campaigns.compose import Text, parse, variables_of
from esquadrao.campaigns.lifecycle import CampaignState, DeliveryClass, DeliveryState, SkipReason
from esquadrao.campaigns.models import Campaign, Delivery, MissingVariable, Variant
from esquadrao.channels.models import Channel
from esquadrao.channels.pace import is_cold
from esquadrao.channels.spending import choice_of, columns_of
from esquadrao.companies.models import Company
from esquadrao.contacts.models import Contact
from esquadrao.database import again_on_deadlock, db_now, locked
from esquadrao.errors import Invalid
from esquadrao.jobs import DispatchMessages
from esquadrao.messages.identity import body_digest, campaign_wa_id
from esquadrao.messages.models import Message, MessageState
from esquadrao.signals import Signal, Subject
from esquadrao.unit_of_work import unit_of_work

AHEAD = 30.0  # s of sending kept ready: what a pause or an opt-out may still have to take back
FEWEST, MOST = 5, 400  # messages of a window, whatever the pace
BATCH = 200  # rows a transaction

UNPREPARED = """
SELECT k.id, k.company_id FROM campaign k WHERE k.id IN :ids AND EXISTS (
  SELECT 1 FROM delivery d WHERE d.company_id = k.company_id AND d.campaign_id = k.id AND d.state = 'chosen')
"""


@dataclass(frozen=True, slots=True)
class Prepared:
    """One Delivery and what became of it: a text, or the reason why not."""

    delivery: Delivery
    variant_id: UUID
    body: str = ""
    reason: SkipReason | None = None


def window(channel: Channel) -> int:
    """How many Messages wait ready on this Channel."""
    pause = max(choice_of(columns_of(channel)).usual_gap.mean, 0.001)
    return min(MOST, max(FEWEST, ceil(AHEAD / pause)))


async def prepare(company_id: UUID, campaign_id: UUID) -> int:
    """Fill the window when it is half empty. Returns how many Deliveries were settled or queued."""
    company = await Company.of(company_id).get_or_none()
    campaign = await Campaign.of(company_id).get_or_none(id=campaign_id)
    if company is None or campaign is None or campaign.state != CampaignState.RUNNING:
        return 0
    channel = await Channel.one(company_id, campaign.channel_id)  # type: ignore[arg-type]  # running has a channel
    size, total = window(channel), 0
    texts: dict[UUID, Text] = {}
    while True:
        ready = (
            await Message.of(company_id)
            .filter(campaign_id=campaign_id, state=MessageState.PENDING)
            .count()
        )
        if ready > size // 2:
            return total
        texts = texts or await _texts(company_id, campaign_id)
        taken = await _batch(company, campaign, channel, texts, min(BATCH, size - ready))
        if not taken:
            return total
        total += taken


async def _texts(company_id: UUID, campaign_id: UUID) -> dict[UUID, Text]:
    variants = await Variant.of(company_id).filter(campaign_id=campaign_id).order_by("position")
    return {one.id: parse(one.body) for one in variants}


async def unprepared(campaign_ids: list[UUID]) -> list[tuple[UUID, UUID]]:
    """(Campaign, Company) of those that still have somebody without a Message: only they are worth a ring."""
    if not campaign_ids:
        return []
    found = await sql.rows(UNPREPARED, ids=campaign_ids)
    return [(UUID(str(row["id"])), UUID(str(row["company_id"]))) for row in found]


@again_on_deadlock
async def _batch(
    company: Company, campaign: Campaign, channel: Channel, texts: dict[UUID, Text], size: int
) -> int:
    async with unit_of_work("prepare") as work:
        chosen = Delivery.of(company).filter(campaign_id=campaign.id, state=DeliveryState.CHOSEN)
        deliveries = await locked(chosen.order_by("id").limit(size), skip_locked=True)
        if not deliveries:
            return 0
        rows = Contact.of(company).filter(id__in=[one.contact_id for one in deliveries])
        contacts = {one.id: one for one in await rows}
        done = [_rendered(one, contacts[one.contact_id], campaign, texts) for one in deliveries]
        moment = await db_now()
        cold = {
            one.id
            for one in contacts.values()
            if is_cold(channel.preset, one.last_wrote_at, moment)
        }
        await _queue(company, campaign, [one for one in done if one.reason is None], cold, moment)
        await _skip(company, [one for one in done if one.reason is not None])
        skipped = sum(one.reason is not None for one in done)
        if skipped:
            owner = {campaign.id: company.id}
            await line.add({campaign.id: Counter(waiting=-skipped, skipped=skipped)}, owner)
            await line.finish(work, owner)
        work.enqueue(DispatchMessages())
        work.signal(Signal(company.id, Subject.CAMPAIGN, campaign.id))
    return len(deliveries)


def _rendered(
    delivery: Delivery, contact: Contact, campaign: Campaign, texts: dict[UUID, Text]
) -> Prepared:
    variant_id = _variant_for(delivery.id, list(texts))
    try:
        rendered = texts[variant_id].render(variables_of(contact))
    except Invalid:
        return Prepared(delivery, variant_id, reason=SkipReason.TEXT_FAILED)
    if rendered.missing and campaign.missing_variable == MissingVariable.SKIP:
        return Prepared(delivery, variant_id, reason=SkipReason.MISSING_VARIABLE)
    if not rendered.text.strip():
        return Prepared(delivery, variant_id, reason=SkipReason.EMPTY_TEXT)
    return Prepared(delivery, variant_id, body=rendered.text)


def _variant_for(delivery_id: int, variants: list[UUID]) -> UUID:
    """By a hash of the Delivery: evenly shared, the same after any rerun, with no counter to share (D11)."""
    digest = sha256(delivery_id.to_bytes(8, "big")).digest()
    return variants[int.from_bytes(digest[:4], "big") % len(variants)]


async def _queue(
    company: Company,
    campaign: Campaign,
    prepared: list[Prepared],
    cold: set[UUID],
    moment: datetime,
) -> None:
    messages = []
    chosen = []
    for one in prepared:
        contact_id = one.delivery.contact_id
        chosen.append((company.id, one.delivery.id, one.variant_id))
        messages.append(
            Message(
                company_id=company.id,
                channel_id=campaign.channel_id,
                campaign_id=campaign.id,
                delivery_id=one.delivery.id,
                contact_id=contact_id,
                wa_id=campaign_wa_id(
                    company.wa_key, campaign_id=campaign.id, contact_id=contact_id, step=0
                ),
                to_phone=one.delivery.phone,
                is_cold=contact_id in cold,
                body=one.body,
                body_sha256=body_digest(one.body),
                created_at=moment,
            )
        )
    await Message.insert_many(messages)
    await sql.update_each(
        "delivery",
        sql.Given({"company_id": "uuid", "id": "bigint", "variant_id": "uuid"}, chosen),
        on=("company_id", "id"),
        sets={"state": "'queued'", "variant_id": "v.variant_id"},
        where="t.state = 'chosen'",
    )


async def _skip(company: Company, prepared: list[Prepared]) -> None:
    by_reason: dict[SkipReason, list[int]] = defaultdict(list)
    for one in prepared:
        if one.reason is not None:
            by_reason[one.reason].append(one.delivery.id)
    for reason, ids in by_reason.items():
        await (
            Delivery.of(company)
            .filter(id__in=ids)
            .update(state=DeliveryState.SKIPPED, line_class=DeliveryClass.SKIPPED, reason=reason)
        )
