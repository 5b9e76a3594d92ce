"""Stage 3, prepare: a short window of rendered Messages ahead of the pace, never the whole Campaign.

So an opt-out, an edit or a cancel acts on everybody not yet prepared. The text, its digest, the Variant, the wa_id
and the number it goes to are fixed here for ever. Only people whose number WhatsApp spoke of are taken (check.py).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache, partial
from hashlib import sha256
from uuid import UUID

from esquadrao import sql
from esquadrao.campaigns import line
from esquadrao.campaigns.check import behind, check
from esquadrao.campaigns.compose import LONGEST_TEXT, Text, parse, variables_of
from esquadrao.campaigns.footer import signed
from esquadrao.campaigns.lifecycle import DeliveryClass, DeliveryState, SkipReason
from esquadrao.campaigns.models import Delivery, MissingVariable, Variant
from esquadrao.campaigns.window import Person, Window, next_people, window_of
from esquadrao.channels.pace import is_cold
from esquadrao.database import again_on_deadlock, db_now
from esquadrao.errors import Invalid
from esquadrao.jobs import DispatchMessages
from esquadrao.messages.identity import body_digest, campaign_wa_id
from esquadrao.messages.models import Step
from esquadrao.signals import Signal, Subject
from esquadrao.unit_of_work import unit_of_work

BATCH = 200  # rows a transaction
TEXTS_KEPT = 256  # parsed texts a worker keeps: a Campaign comes back for each window

QUEUED: dict[str, sql.Kind] = {
    "company_id": "uuid",
    "channel_id": "uuid",
    "campaign_id": "uuid",
    "delivery_id": "bigint",
    "step": "int",
    "contact_id": "uuid",
    "wa_id": "text",
    "to_phone": "text",
    "is_cold": "bool",
    "body": "text",
    "body_sha256": "text",
    "created_at": "timestamptz",
}
FRESH = {
    "direction": "'out'",
    "state": "'pending'",
    "code": "''",
    **dict.fromkeys(("claim_no", "again"), "0"),
    **dict.fromkeys(("doubt", "is_being_cancelled"), "FALSE"),
}
TAKEN: dict[str, sql.Kind] = {
    "company_id": "uuid",
    "id": "bigint",
    "variant_id": "uuid",
    "asked_variant_id": "uuid",
}
HASHED = {Step.MAIN: slice(0, 4), Step.ASK: slice(4, 8)}  # four bytes each of one hash, two choices
Texts = dict[Step, dict[UUID, Text]]


@dataclass(frozen=True, slots=True)
class Prepared:
    """One person and what became of their Delivery: a text, or the reason why not."""

    person: Person
    step: Step
    variant_id: UUID
    body: str = ""
    reason: SkipReason | None = None


async def prepare(company_id: UUID, campaign_id: UUID) -> int:
    """Fill the window when it is half empty. Returns how many Deliveries were settled or queued."""
    total = 0
    texts: Texts = {}
    while (window := await window_of(company_id, campaign_id)) and window.room:
        texts = texts or await _texts(company_id, campaign_id)
        most = min(BATCH, window.room)
        taken = await _batch(window, texts, most)
        total += taken
        if taken < most:  # of the first page nobody is left whose number is known
            total += await _from_behind(window, texts, most - taken)
            break
    if window:
        await check(window)
    return total


async def _from_behind(window: Window, texts: Texts, most: int) -> int:
    """Those in front who wait for WhatsApp's answer block nobody."""
    total = 0
    async for after in behind(window):
        total += await _batch(window, texts, most - total, after=after)
        if total >= most:
            break
    return total


async def _texts(company_id: UUID, campaign_id: UUID) -> Texts:
    texts: Texts = defaultdict(dict)
    variants = Variant.of(company_id).filter(campaign_id=campaign_id).order_by("position")
    for one in await variants.only("id", "step", "body"):
        texts[Step(one.step)][one.id] = _parsed(one.body)
    return texts


@lru_cache(TEXTS_KEPT)
def _parsed(body: str) -> Text:
    return parse(body)


@again_on_deadlock
async def _batch(window: Window, texts: Texts, most: int, *, after: int = 0) -> int:
    async with unit_of_work("prepare") as work:
        moment = await db_now()
        people = await next_people(window, most, moment, after=after)
        if not people:
            return 0
        done = [_rendered(one, window, texts) for one in people]
        await _queue(window, [one for one in done if one.reason is None], moment)
        await _skip(window, [one for one in done if one.reason is not None])
        skipped = sum(one.reason is not None for one in done)
        if skipped:
            owner = {window.campaign_id: window.company_id}
            moved = Counter(waiting=-skipped, skipped=skipped)
            await line.add({window.campaign_id: moved}, owner)
            await line.finish(work, owner)
        work.enqueue(DispatchMessages())
        work.signal(Signal(window.company_id, Subject.CAMPAIGN, window.campaign_id))
    return len(people)


def _rendered(person: Person, window: Window, texts: Texts) -> Prepared:
    step = Step.ASK if window.asks_first and not person.is_confirmed else Step.MAIN
    variant_id = _variant_for(person.delivery_id, step, list(texts[step]))
    text = texts[step][variant_id]
    done = partial(Prepared, person, step, variant_id)
    reason = _left_out(person)
    if reason is not None:
        return done(reason=reason)
    try:
        rendered = text.render(variables_of(person))
    except Invalid:
        return done(reason=SkipReason.TEXT_FAILED)
    if rendered.missing and window.missing_variable == MissingVariable.SKIP:
        return done(reason=SkipReason.MISSING_VARIABLE)
    if not rendered.text.strip():
        return done(reason=SkipReason.EMPTY_TEXT)
    is_first = not person.is_confirmed  # a yes is to what came first
    body = signed(rendered.text) if window.has_footer and is_first else rendered.text
    if len(body) > LONGEST_TEXT:
        return done(reason=SkipReason.TEXT_FAILED)
    return done(body=body)


def _left_out(person: Person) -> SkipReason | None:
    """What became known since the audience was chosen."""
    if person.is_suppressed:
        return SkipReason.SUPPRESSED
    return SkipReason.NOT_ON_WHATSAPP if person.is_absent else None


def _variant_for(delivery_id: int, step: Step, variants: list[UUID]) -> UUID:
    """By a hash of the Delivery: evenly shared, the same after any rerun, with no counter to share (D11)."""
    digest = sha256(delivery_id.to_bytes(8, "big")).digest()
    return variants[int.from_bytes(digest[HASHED[step]], "big") % len(variants)]


async def _queue(window: Window, prepared: list[Prepared], moment: datetime) -> None:
    if not prepared:
        return
    rows: list[tuple[object, ...]] = []
    for one in prepared:
        person = one.person
        of = (window.company_id, window.channel_id, window.campaign_id)
        wa_id = campaign_wa_id(
            window.wa_key,
            campaign_id=window.campaign_id,
            contact_id=person.contact_id,
            step=one.step,
        )
        to = (person.delivery_id, int(one.step), person.contact_id, wa_id, person.to_phone)
        cold = is_cold(window.preset, person.last_wrote_at, moment)
        rows.append((*of, *to, cold, one.body, body_digest(one.body), moment))
    await sql.insert_each("message", sql.Given(QUEUED, rows), sets=FRESH)
    chosen = [
        (window.company_id, one.person.delivery_id, *_variants(one.step, one.variant_id))
        for one in prepared
    ]
    await sql.update_each(
        "delivery",
        sql.Given(TAKEN, chosen),
        on=("company_id", "id"),
        sets={
            "state": "'queued'",
            **{
                f"{of}variant_id": f"COALESCE(v.{of}variant_id, t.{of}variant_id)"
                for of in ("", "asked_")
            },
        },
        where="t.state IN ('chosen', 'confirmed')",
    )


def _variants(step: Step, variant_id: UUID) -> tuple[UUID | None, UUID | None]:
    """Of the Message, of the question."""
    return (variant_id, None) if step is Step.MAIN else (None, variant_id)


async def _skip(window: Window, prepared: list[Prepared]) -> None:
    by_reason: dict[SkipReason, list[int]] = defaultdict(list)
    for one in prepared:
        if one.reason is not None:
            by_reason[one.reason].append(one.person.delivery_id)
    for reason, ids in by_reason.items():
        await (
            Delivery.of(window.company_id)
            .filter(id__in=ids)
            .update(state=DeliveryState.SKIPPED, line_class=DeliveryClass.SKIPPED, reason=reason)
        )
