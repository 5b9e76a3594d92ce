"""The simulator's ledger, which is what "WhatsApp" saw, against the database, which is what we believe.

Everything is reckoned from the ledger's lines and from who stands on each Campaign's list, never from our own counters.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from esquadrao.campaigns import line
from esquadrao.campaigns.lifecycle import ENDED, CampaignState, DeliveryClass
from esquadrao.campaigns.models import Campaign, Delivery
from esquadrao.campaigns.progress import snapshot
from esquadrao.companies.models import Company
from esquadrao.contacts.models import Contact, ListMember
from esquadrao.messages.identity import campaign_wa_id
from esquadrao.messages.models import Message, MessageState

C = DeliveryClass
MOST_TOLD = 20  # findings described in words; the counts are whole
COUNTS = ("contacts", "duplicated", "lost", "unknown", "unbalanced")
NEVER_WRITTEN = (C.SKIPPED, C.CANCELLED)


@dataclass
class Findings:
    """What a run left behind; everything but `contacts`, `unknown` and the tallies must be 0."""

    contacts: int = 0  # people chosen, each once a Campaign
    duplicated: int = 0  # writes beyond the first of a person and step, and writes nobody planned
    lost: int = 0  # people with no end, or with an end that says other than what WhatsApp saw
    unknown: int = 0
    unbalanced: int = (
        0  # Campaigns whose line does not add up, or whose counters differ from their rows
    )
    classes: Counter[str] = field(default_factory=Counter)
    told: list[str] = field(default_factory=list)

    def add(self, other: Findings) -> None:
        for name in COUNTS:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.classes.update(other.classes)
        self.told = (self.told + other.told)[:MOST_TOLD]

    @property
    def is_clean(self) -> bool:
        return not (self.duplicated or self.lost or self.unbalanced)

    def as_dict(self) -> dict[str, Any]:
        return {
            **{name: getattr(self, name) for name in COUNTS},
            "classes": dict(self.classes),
            "told": self.told,
        }

    def find(self, kind: str, words: str) -> None:
        setattr(self, kind, getattr(self, kind) + 1)
        if len(self.told) < MOST_TOLD:
            self.told.append(f"{kind}: {words}")


@dataclass
class Seen:
    """One wa_id as "WhatsApp" saw it."""

    writes: list[dict[str, Any]] = field(default_factory=list)
    is_acked: bool = False
    is_refused: bool = False
    turned_away: int = (
        0  # attempts WhatsApp refused for now: the next write is the same message's first
    )

    @property
    def surplus(self) -> int:
        """Writes beyond the first that neither a person's `again` nor a refusal for now asked for."""
        asked = sum(int(one["again"]) > 0 for one in self.writes[1:])
        return max(0, len(self.writes) - 1 - asked - self.turned_away)


def seen_by_whatsapp(lines: list[dict[str, Any]]) -> dict[str, Seen]:
    seen: dict[str, Seen] = defaultdict(Seen)
    for one in lines:
        if one["t"] == "write":
            seen[one["wa_id"]].writes.append(one)
        elif one["t"] == "acked":
            seen[one["wa_id"]].is_acked = True
        elif one["t"] == "refused":
            seen[one["wa_id"]].is_refused = True
            seen[one["wa_id"]].turned_away += bool(one["retryable"])
    return seen


async def audit(company: Company, lines: list[dict[str, Any]]) -> Findings:
    """Every Campaign of the Company that was launched, against the whole ledger."""
    found = Findings()
    of_company = [one for one in lines if one.get("company", str(company.id)) == str(company.id)]
    seen = seen_by_whatsapp(of_company)
    planned: set[str] = set()
    for campaign in await Campaign.of(company).exclude(state=CampaignState.DRAFT):
        planned |= await _campaign(company, campaign, seen, found)
    texts: Counter[tuple[str, str]] = Counter()
    for wa_id, one in seen.items():
        texts.update({(write["to"], write["text"]) for write in one.writes})
        if len({(write["to"], write["text"]) for write in one.writes}) > 1:
            found.find("duplicated", f"{wa_id} carried two texts or went to two people")
        for _ in range(one.surplus):
            found.find("duplicated", f"{wa_id} was written {len(one.writes)} times")
        if one.writes and wa_id not in planned:
            found.find("duplicated", f"{wa_id} was written and nobody planned it")
    for (_, text), many in texts.items():
        if many > 1:
            found.find("duplicated", f"one person got {text!r} under {many} ids")
    return found


async def _campaign(
    company: Company, campaign: Campaign, seen: dict[str, Seen], found: Findings
) -> set[str]:
    """One Campaign; returns the ids it may write under."""
    members = ListMember.of(company).filter(contact_list_id=campaign.contact_list_id)
    ids = {one.contact_id for one in await members.only("contact_id")}
    people = {one.id: one for one in await Contact.of(company).filter(id__in=list(ids))}
    wa_ids = {
        one: campaign_wa_id(company.wa_key, campaign_id=campaign.id, contact_id=one, step=0)
        for one in ids
    }
    deliveries = await Delivery.of(company).filter(campaign_id=campaign.id)
    messages = await Message.of(company).filter(campaign_id=campaign.id)
    states = {one.delivery_id: one for one in messages}
    found.contacts += len(deliveries)
    found.classes.update(one.line_class.value for one in deliveries)
    await _balance(company, campaign, found)
    if campaign.state not in ENDED:
        found.find(
            "lost", f"campaign {campaign.name} is {campaign.state}, reason {campaign.reason!r}"
        )
    # A Campaign cancelled before its audience was whole chose only some of its list: that is its end.
    if campaign.is_audience_whole:
        for missing in ids - {one.contact_id for one in deliveries}:
            found.find("lost", f"{people[missing].name} of {campaign.name} was never chosen")
    for one in deliveries:
        wrong = _verdict(one, states.get(one.id), seen.get(wa_ids.get(one.contact_id, "")))
        if wrong:
            found.find("lost", f"{campaign.name}, delivery {one.id} ({one.line_class}): {wrong}")
        found.unknown += one.line_class is C.UNKNOWN
    return set(wa_ids.values())


def _verdict(delivery: Delivery, message: Message | None, seen: Seen | None) -> str:
    """What is wrong with a Delivery's end, or nothing."""
    is_written = seen is not None and bool(seen.writes)
    kind = delivery.line_class
    if kind in (C.WAITING, C.SENDING):
        state = f"message {message.state} claim {message.claim_no}" if message else "no message"
        return f"has no end, {state}, written {is_written}"
    if kind is C.SENT and not is_written:
        return "is called sent and WhatsApp never saw it"
    if kind in NEVER_WRITTEN and is_written:
        return "is called never written and WhatsApp saw it"
    if kind in (C.SKIPPED, C.FAILED) and not delivery.reason:
        return "has no reason"
    if kind in (C.FAILED, C.UNKNOWN) and seen is not None and seen.is_acked:
        return "was acknowledged by WhatsApp and nobody here knows"
    return ""


async def _balance(company: Company, campaign: Campaign, found: Findings) -> None:
    progress = await snapshot(company, campaign.id)
    differs = await line.recount(company.id, campaign.id)
    if not progress.adds_up or differs:
        found.find("unbalanced", f"{campaign.name}: adds up {progress.adds_up}, differs {differs}")


async def is_settled(company: Company) -> bool:
    """Nothing moves any more: every launched Campaign has ended and nothing is on its way."""
    moving = Campaign.of(company).exclude(state__in=[*ENDED, CampaignState.DRAFT])
    on_the_way = (MessageState.SENDING, MessageState.ACCEPTED)
    return (
        not await moving.exists()
        and not await Message.of(company).filter(state__in=on_the_way).exists()
    )


async def late_evidence(company: Company, lines: list[dict[str, Any]]) -> list[UUID]:
    """Messages that are unknown here although they were written and not refused: what tells it is still to come, since
    the simulator acknowledges every one of them, however late.
    """
    refused = {one["wa_id"] for one in lines if one["t"] == "refused"}
    written = {one["wa_id"] for one in lines if one["t"] == "write"} - refused
    unknown = await Message.of(company).filter(state=MessageState.UNKNOWN).only("id", "wa_id")
    return [one.id for one in unknown if one.wa_id in written]
