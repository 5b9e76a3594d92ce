"""`campaignLaunch`: a side effect, so it carries a key."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

import strawberry

from esquadrao.campaigns import models
from esquadrao.campaigns.launch import launch
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

ACTION = "campaignLaunch"


@strawberry.input(description="Which campaign to launch, and when.")
class CampaignLaunchInput:
    id: strawberry.ID = strawberry.field(description="The campaign's id; it must be a draft.")
    at: datetime | None = strawberry.field(
        default=None, description="When to start; now when absent."
    )
    idempotency_key: IdempotencyKey = strawberry.field(description="Your key for this one launch.")


@strawberry.type(description="The campaign was launched.")
class CampaignLaunchSuccess:
    campaign: Campaign = strawberry.field(description="The campaign, scheduled.")


CampaignLaunchPayload = Annotated[
    CampaignLaunchSuccess | ValidationError | NotFound | Forbidden | Conflict | LimitReached,
    strawberry.union("CampaignLaunchPayload", description="What came of launching."),
]


async def start(info: Info, asked: CampaignLaunchInput) -> CampaignLaunchSuccess:
    caller = info.context
    campaign_id = uuid_of(Kind.CAMPAIGN, asked.id)

    async def effect() -> UUID:
        return (await launch(caller.company, caller.user, campaign_id, at=asked.at)).id

    done = await idempotency.once(
        caller.company,
        caller.user,
        action=ACTION,
        key=asked.idempotency_key,
        asked=[asked.id, asked.at],
        effect=effect,
    )
    caller.was_replayed |= done.was_replayed
    return CampaignLaunchSuccess(
        campaign=campaign_of(await models.Campaign.one(caller.company, done.subject_id))
    )


@strawberry.type
class CampaignLaunchMutation:
    @field(
        description="Launch a draft, now or at a moment to come.",
        directives=requires(Scope.CAMPAIGNS_SEND),
    )
    async def campaign_launch(
        self,
        info: Info,
        input: Annotated[CampaignLaunchInput, strawberry.argument(description="Which and when.")],
    ) -> CampaignLaunchPayload:
        return await payload(info.context, start(info, input))  # type: ignore[return-value]
