"""All that was said with one Contact, the newest first: what Campaigns and we wrote, and what they wrote."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from tortoise.expressions import Q

from esquadrao.campaigns.lifecycle import DeliveryClass
from esquadrao.campaigns.line import CLASS_OF
from esquadrao.campaigns.models import Campaign
from esquadrao.companies.models import Company
from esquadrao.messages.models import Direction, Message, MessageKind, MessageState

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
    kind: MessageKind = MessageKind.TEXT
    media: dict[str, Any] | None = None
    is_echo: bool = False
    is_history: bool = False
    is_edited: bool = False
    is_revoked: bool = False
    reactions: str = ""


@dataclass(frozen=True, slots=True)
class Timeline:
    rows: list[Said]
    next: int | None  # goes on before this one


async def timeline(company: Company, contact_id: UUID, *, before: int | None = None) -> Timeline:
    """What is written and not sent yet is not part of it: it may still change. The Contact must be the Company's."""
    rows = Message.of(company).filter(contact_id=contact_id).exclude(state=MessageState.PENDING)
    if before is not None:
        # By the moment, since what a phone had before its pairing comes last; ids only part what is of one moment.
        last = await Message.of(company).get_or_none(id=before, contact_id=contact_id)
        if last is not None:
            same = Q(created_at=last.created_at, id__lt=last.id)
            rows = rows.filter(Q(created_at__lt=last.created_at) | same)
    found = await rows.order_by("-created_at", "-id").limit(PAGE + 1)
    page = found[:PAGE]
    ids = {one.campaign_id for one in page if one.campaign_id is not None}
    named = await Campaign.of(company).filter(id__in=ids).only("id", "name") if ids else []
    names = {one.id: one.name for one in named}
    said = [
        Said(
            id=one.id,
            is_theirs=one.direction is Direction.IN,
            text="" if one.revoked_at else one.body,
            at=one.server_ack_at or one.created_at,
            state=one.state,
            line_class=CLASS_OF[one.state],
            campaign_id=one.campaign_id,
            campaign=names.get(one.campaign_id, "") if one.campaign_id else "",
            kind=one.kind,
            media=None if one.revoked_at else one.media,
            is_echo=one.is_echo,
            is_history=one.is_history,
            is_edited=one.edited_at is not None,
            is_revoked=one.revoked_at is not None,
            reactions=" ".join(filter(None, (one.their_reaction, one.own_reaction))),
        )
        for one in page
    ]
    return Timeline(said, page[-1].id if len(found) > PAGE else None)
