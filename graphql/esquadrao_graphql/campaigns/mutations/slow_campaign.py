"""`campaignSlow`: a setter: asked again it changes nothing; no key is needed."""

from __future__ import annotations

from typing import Annotated

import strawberry

from esquadrao.campaigns.slow import slow
from esquadrao.companies.scopes import Scope
from esquadrao_graphql.campaigns.types import Campaign, campaign_of
from esquadrao_graphql.context import Info
from esquadrao_graphql.errors import Conflict, Forbidden, NotFound, ValidationError, payload
from esquadrao_graphql.fields import field
from esquadrao_graphql.ids import Kind, uuid_of
from esquadrao_graphql.scopes import requires


@strawberry.input(description="Which campaign, and how slowly.")
class CampaignSlowInput:
    id: strawberry.ID = strawberry.field(description="The campaign's id.")
    own_gap: int | None = strawberry.field(
        description="Seconds at least between two of its messages, 1 to 3,600. Null: the channel's pace alone."
    )


@strawberry.type(description="The campaign keeps this pace from its next message on.")
class CampaignSlowSuccess:
    campaign: Campaign = strawberry.field(description="The campaign as it stands now.")


CampaignSlowPayload = Annotated[
    CampaignSlowSuccess | ValidationError | NotFound | Forbidden | Conflict,
    strawberry.union("CampaignSlowPayload", description="What came of it."),
]


async def apply(info: Info, asked: CampaignSlowInput) -> CampaignSlowSuccess:
    caller = info.context
    moved = await slow(caller.company, caller.user, uuid_of(Kind.CAMPAIGN, asked.id), asked.own_gap)
    return CampaignSlowSuccess(campaign=campaign_of(moved))


@strawberry.type
class CampaignSlowMutation:
    @field(
        description="Send more slowly than the channel does; the channel and its other campaigns keep their pace.",
        directives=requires(Scope.CAMPAIGNS_WRITE),
    )
    async def campaign_slow(
        self,
        info: Info,
        input: Annotated[
            CampaignSlowInput, strawberry.argument(description="Which one, and how slowly.")
        ],
    ) -> CampaignSlowPayload:
        return await payload(info.context, apply(info, input))  # type: ignore[return-value]
