"""`campaignCreate`: a side effect, so it carries a key."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import strawberry

from esquadrao.campaigns import draft, models
from esquadrao.campaigns.models import MissingVariable
from esquadrao.companies import idempotency
from esquadrao.companies.scopes import Scope
from esquadrao_graphql.campaigns.types import Campaign, campaign_of
from esquadrao_graphql.context import Info
from esquadrao_graphql.errors import (
    Conflict,
    Forbidden,
    LimitReached,
    NotFound,
    ValidationError,
    payload,
)
from esquadrao_graphql.fields import field
from esquadrao_graphql.ids import Kind, uuid_of
from esquadrao_graphql.scalars import IdempotencyKey
from esquadrao_graphql.scopes import requires

ACTION = "campaignCreate"


@strawberry.input(description="A new campaign, as a draft.")
class CampaignCreateInput:
    name: str = strawberry.field(description="What people will call it, 1 to 120 letters.")
    channel_id: strawberry.ID | None = strawberry.field(
        default=None, description="The channel to send through."
    )
    contact_list_id: strawberry.ID | None = strawberry.field(
        default=None, description="The list to send to."
    )
    body: str = strawberry.field(
        description="The text, in Liquid: `Olá, {{ primeiro_nome | default: 'tudo bem' }}!`"
    )
    missing_variable: MissingVariable = strawberry.field(
        default=MissingVariable.FALLBACK, description="What happens where a variable is blank."
    )
    questions: list[str] = strawberry.field(
        default_factory=list,
        description="Up to 10 ways to ask first, in Liquid, shared out evenly; only who says yes receives the body. "
        "Empty: nobody is asked.",
    )
    has_footer: bool = strawberry.field(
        default=True,
        description="Whether the first thing a person gets ends by saying how to leave, where it does not already.",
    )
    answer_hours: int = strawberry.field(
        default=draft.ANSWER_HOURS, description="How long an answer is waited for: 24 to 72 hours."
    )
    own_gap: int | None = strawberry.field(
        default=None,
        description="Seconds at least between two of its messages, 1 to 3,600. Null: the channel's pace alone.",
    )
    idempotency_key: IdempotencyKey = strawberry.field(
        description="Your key for this one creation."
    )


@strawberry.type(description="The draft was created.")
class CampaignCreateSuccess:
    campaign: Campaign = strawberry.field(description="The new draft.")


CampaignCreatePayload = Annotated[
    CampaignCreateSuccess | ValidationError | NotFound | Forbidden | Conflict | LimitReached,
    strawberry.union("CampaignCreatePayload", description="What came of creating."),
]


async def create(info: Info, asked: CampaignCreateInput) -> CampaignCreateSuccess:
    caller = info.context

    async def effect() -> UUID:
        made = await draft.create(
            caller.company,
            caller.user,
            name=asked.name,
            channel_id=uuid_of(Kind.CHANNEL, asked.channel_id) if asked.channel_id else None,
            contact_list_id=uuid_of(Kind.CONTACT_LIST, asked.contact_list_id)
            if asked.contact_list_id
            else None,
            body=asked.body,
            missing_variable=asked.missing_variable,
            questions=asked.questions,
            has_footer=asked.has_footer,
            answer_hours=asked.answer_hours,
            own_gap=asked.own_gap,
        )
        return made.id

    done = await idempotency.once(
        caller.company,
        caller.user,
        action=ACTION,
        key=asked.idempotency_key,
        asked=[
            asked.name,
            asked.channel_id,
            asked.contact_list_id,
            asked.body,
            asked.missing_variable,
            asked.questions,
            asked.has_footer,
            asked.answer_hours,
            asked.own_gap,
        ],
        effect=effect,
    )
    caller.was_replayed |= done.was_replayed
    return CampaignCreateSuccess(
        campaign=campaign_of(await models.Campaign.one(caller.company, done.subject_id))
    )


@strawberry.type
class CampaignCreateMutation:
    @field(
        description="Create a campaign as a draft; nothing is sent.",
        directives=requires(Scope.CAMPAIGNS_WRITE),
    )
    async def campaign_create(
        self,
        info: Info,
        input: Annotated[CampaignCreateInput, strawberry.argument(description="The new campaign.")],
    ) -> CampaignCreatePayload:
        return await payload(info.context, create(info, input))  # type: ignore[return-value]
