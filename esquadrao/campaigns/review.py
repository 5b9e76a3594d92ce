"""Before the button: to how many, through what, for how long, and what is still missing. The engine's own rules."""

from __future__ import annotations

from dataclasses import dataclass

from esquadrao.campaigns import draft
from esquadrao.campaigns.audience import preflight
from esquadrao.campaigns.compose import parse
from esquadrao.campaigns.launch import REFUSALS
from esquadrao.campaigns.lifecycle import PauseReason
from esquadrao.campaigns.models import Campaign
from esquadrao.campaigns.preflight import blockers
from esquadrao.campaigns.preview import Blanks, Preview, blanks, preview
from esquadrao.campaigns.slow import own_pace_of
from esquadrao.campaigns.texts import texts_of
from esquadrao.campaigns.wording import SKIPS
from esquadrao.channels.models import Channel
from esquadrao.companies.models import Company
from esquadrao.contacts.models import ContactList
from esquadrao.database import db_now
from esquadrao.errors import Invalid
from esquadrao.messages.forecast import expected_end
from esquadrao.messages.gate_facts import OfMessage, facts_of
from esquadrao.messages.models import Step


@dataclass(frozen=True, slots=True)
class Review:
    channel: Channel | None
    list_name: str
    people: int  # who receives it, as it looks now
    chosen: int  # on the list
    left_out: list[tuple[str, int]]  # sentence and how many, by the engine's own rules
    not_checked: int  # of whom WhatsApp must say first whether they exist
    seconds: float  # about how long the Channel needs at its pace
    missing: list[tuple[PauseReason, str]]  # reason and sentence, in the order to mend them
    blanks: Blanks | None
    bubble: Preview

    @property
    def can_start(self) -> bool:
        return not self.missing

    @property
    def can_be_scheduled(self) -> bool:
        """A start to come may wait for its Channel."""
        return all(reason == PauseReason.CHANNEL_NOT_CONNECTED for reason, _ in self.missing)


async def review(company: Company, campaign: Campaign) -> Review:
    channel = await Channel.of(company).get_or_none(id=campaign.channel_id, removed_at=None)
    chosen = await ContactList.of(company).get_or_none(id=campaign.contact_list_id)
    counted = await preflight(company, campaign)
    body = await draft.body_of(company, campaign.id)
    moment, seconds = await db_now(), 0.0
    if channel is not None:
        of = OfMessage(own_pace=own_pace_of(campaign))
        end = expected_end(facts_of(channel, company, of), counted.receive, moment)
        seconds = (end - moment).total_seconds() if end else 0.0
    return Review(
        channel=channel,
        list_name=chosen.name if chosen else "",
        people=counted.receive,
        chosen=counted.people,
        left_out=[(SKIPS[reason], many) for reason, many in counted.left_out],
        not_checked=counted.not_checked,
        seconds=seconds,
        missing=[(reason, REFUSALS[reason][1]) for reason in await blockers(campaign)],
        blanks=await _blanks(company, campaign, body),
        bubble=await preview(
            company,
            body=body,
            questions=await texts_of(company, campaign.id, Step.ASK),
            has_footer=campaign.has_footer,
            contact_list_id=campaign.contact_list_id,
        ),
    )


async def _blanks(company: Company, campaign: Campaign, body: str) -> Blanks | None:
    if campaign.contact_list_id is None or not body:
        return None
    try:
        text = parse(body)
    except Invalid:
        return None
    return await blanks(company, text=text, contact_list_id=campaign.contact_list_id)
