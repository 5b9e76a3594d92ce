"""`campaignRetryFailed`: a side effect, so it carries a key."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import strawberry

from esquadrao.campaigns import models
from esquadrao.campaigns.decide import retry_failed
from esquadrao.companies import idempotency
from esquadrao.companies.scopes import Scope
from esquadrao_graphql.campaigns.types import Campaign, campaign_of
from esquadrao_graphql.context import Info
from esquadrao_graphql.errors import Conflict, Forbidden, NotFound, ValidationError, payload
from esquadrao_graphql.fields import field
from esquadrao_graphql.ids import Kind, number_of, uuid_of
from esquadrao_graphql.scalars import IdempotencyKey
from esquadrao_graphql.scopes import requires

ACTION = "campaignRetryFailed"


@strawberry.input(description="Who is tried again.")
class CampaignRetryFailedInput:
    id: strawberry.ID = strawberry.field(description="The campaign's id.")
    delivery_id: strawberry.ID | None = strawberry.field(
        default=None, description="One delivery; all that may be cured when absent, 10,000 at most."
    )
    idempotency_key: IdempotencyKey = strawberry.field(description="Your key for this retry.")


@strawberry.type(description="Whom another try may cure waits for it; the others stay failed.")
class CampaignRetryFailedSuccess:
    campaign: Campaign = strawberry.field(description="The campaign as it stands now.")


CampaignRetryFailedPayload = Annotated[
    CampaignRetryFailedSuccess | ValidationError | NotFound | Forbidden | Conflict,
    strawberry.union("CampaignRetryFailedPayload", description="What came of it."),
]


async def retry(info: Info, asked: CampaignRetryFailedInput) -> CampaignRetryFailedSuccess:
    caller = info.context
    campaign_id = uuid_of(Kind.CAMPAIGN, asked.id)
    delivery_id = (
        number_of(Kind.DELIVERY, asked.delivery_id, company_id=caller.company.id)
        if asked.delivery_id
        else None
    )

    async def effect() -> UUID:
        await retry_failed(caller.company, caller.user, campaign_id, delivery_id=delivery_id)
        return campaign_id

    done = await idempotency.once(
        caller.company,
        caller.user,
        action=ACTION,
        key=asked.idempotency_key,
        asked=[asked.id, asked.delivery_id],
        effect=effect,
    )
    caller.was_replayed |= done.was_replayed
    return CampaignRetryFailedSuccess(
        campaign=campaign_of(await models.Campaign.one(caller.company, campaign_id))
    )


@strawberry.type
class CampaignRetryFailedMutation:
    @field(
        description="Try those again whom another try may cure, with the same message id.",
        directives=requires(Scope.CAMPAIGNS_SEND),
    )
    async def campaign_retry_failed(
        self,
        info: Info,
        input: Annotated[CampaignRetryFailedInput, strawberry.argument(description="Which one.")],
    ) -> CampaignRetryFailedPayload:
        return await payload(info.context, retry(info, input))  # type: ignore[return-value]
