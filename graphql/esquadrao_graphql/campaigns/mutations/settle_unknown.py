"""`campaignUnknownSettle`: sending again is a side effect, so it carries a key."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import strawberry

from esquadrao.campaigns import models
from esquadrao.campaigns.decide import Decision, decide
from esquadrao.companies import idempotency
from esquadrao.companies.scopes import Scope
from esquadrao_graphql.campaigns import enums  # noqa: F401  # published before the types that use them
from esquadrao_graphql.campaigns.types import Campaign, campaign_of
from esquadrao_graphql.context import Info
from esquadrao_graphql.errors import Conflict, Forbidden, NotFound, ValidationError, payload
from esquadrao_graphql.fields import field
from esquadrao_graphql.ids import Kind, number_of, uuid_of
from esquadrao_graphql.scalars import IdempotencyKey
from esquadrao_graphql.scopes import requires

ACTION = "campaignUnknownSettle"


@strawberry.input(description="What becomes of unknown deliveries.")
class CampaignUnknownSettleInput:
    id: strawberry.ID = strawberry.field(description="The campaign's id.")
    decision: Decision = strawberry.field(description="What becomes of them.")
    delivery_id: strawberry.ID | None = strawberry.field(
        default=None, description="One delivery; all unknown ones when absent, 10,000 at most."
    )
    idempotency_key: IdempotencyKey = strawberry.field(description="Your key for this decision.")


@strawberry.type(description="They were decided; what a receipt settled meanwhile was left alone.")
class CampaignUnknownSettleSuccess:
    campaign: Campaign = strawberry.field(description="The campaign as it stands now.")


CampaignUnknownSettlePayload = Annotated[
    CampaignUnknownSettleSuccess | ValidationError | NotFound | Forbidden | Conflict,
    strawberry.union("CampaignUnknownSettlePayload", description="What came of it."),
]


async def settle(info: Info, asked: CampaignUnknownSettleInput) -> CampaignUnknownSettleSuccess:
    caller = info.context
    campaign_id = uuid_of(Kind.CAMPAIGN, asked.id)
    delivery_id = (
        number_of(Kind.DELIVERY, asked.delivery_id, company_id=caller.company.id)
        if asked.delivery_id
        else None
    )

    async def effect() -> UUID:
        await decide(
            caller.company, caller.user, campaign_id, asked.decision, delivery_id=delivery_id
        )
        return campaign_id

    done = await idempotency.once(
        caller.company,
        caller.user,
        action=ACTION,
        key=asked.idempotency_key,
        asked=[asked.id, asked.decision, asked.delivery_id],
        effect=effect,
    )
    caller.was_replayed |= done.was_replayed
    return CampaignUnknownSettleSuccess(
        campaign=campaign_of(await models.Campaign.one(caller.company, campaign_id))
    )


@strawberry.type
class CampaignUnknownSettleMutation:
    @field(
        description="Decide what nobody knows: whether a message that was written ever arrived.",
        directives=requires(Scope.CAMPAIGNS_SEND),
    )
    async def campaign_unknown_settle(
        self,
        info: Info,
        input: Annotated[
            CampaignUnknownSettleInput, strawberry.argument(description="Which and what.")
        ],
    ) -> CampaignUnknownSettlePayload:
        return await payload(info.context, settle(info, input))  # type: ignore[return-value]
