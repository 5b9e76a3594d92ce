"""All that was said with one Contact, the newest first: what Campaigns and we wrote, and what they wrote."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from esquadrao.campaigns.lifecycle import DeliveryClass
from esquadrao.campaigns.line import CLASS_OF
from esquadrao.campaigns.models import Campaign
from esquadrao.companies.models import Company
from esquadrao.messages.models import Direction, Message, MessageState

PAGE = 20


@dataclass(frozen=True, slots=True)
class Said:
    id: int
    is_theirs: bool
    text: str
    at: datetime
    state: MessageState
    line_class: DeliveryClass
    campaign_id: UUID | None = None
    campaign: str = ""


@dataclass(frozen=True, slots=True)
class Timeline:
    rows: list[Said]
    next: int | None  # goes on before this one


async def timeline(company: Company, contact_id: UUID, *, before: int | None = None) -> Timeline:
    """What is written and not sent yet is not part of it: it may still change. The Contact must be the Company's."""
    rows = Message.of(company).filter(contact_id=contact_id).exclude(state=MessageState.PENDING)
    if before is not None:
        rows = rows.filter(id__lt=before)
    found = await rows.order_by("-id").limit(PAGE + 1)
    page = found[:PAGE]
    ids = {one.campaign_id for one in page if one.campaign_id is not None}
    named = await Campaign.of(company).filter(id__in=ids).only("id", "name") if ids else []
    names = {one.id: one.name for one in named}
    said = [
        Said(
            id=one.id,
            is_theirs=one.direction is Direction.IN,
            text=one.body,
            at=one.server_ack_at or one.created_at,
            state=one.state,
            line_class=CLASS_OF[one.state],
            campaign_id=one.campaign_id,
            campaign=names.get(one.campaign_id, "") if one.campaign_id else "",
        )
        for one in page
    ]
    return Timeline(said, page[-1].id if len(found) > PAGE else None)
