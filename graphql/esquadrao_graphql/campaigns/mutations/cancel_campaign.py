"""`campaignCancel`: a setter: asked again it finds the state already moved and answers Conflict; no key is needed."""

from __future__ import annotations

from typing import Annotated

import strawberry

from esquadrao.campaigns.pause import cancel
from esquadrao.companies.scopes import Scope
from esquadrao_graphql.campaigns.types import Campaign, campaign_of
from esquadrao_graphql.context import Info
from esquadrao_graphql.errors import Conflict, Forbidden, NotFound, payload
from esquadrao_graphql.fields import field
from esquadrao_graphql.ids import Kind, uuid_of
from esquadrao_graphql.scopes import requires


@strawberry.input(description="Which campaign to cancel.")
class CampaignCancelInput:
    id: strawberry.ID = strawberry.field(description="The campaign's id.")


@strawberry.type(description="The campaign was cancelled.")
class CampaignCancelSuccess:
    campaign: Campaign = strawberry.field(description="The campaign as it stands now.")


CampaignCancelPayload = Annotated[
    CampaignCancelSuccess | NotFound | Forbidden | Conflict,
    strawberry.union("CampaignCancelPayload", description="What came of it."),
]


async def apply(info: Info, asked: CampaignCancelInput) -> CampaignCancelSuccess:
    caller = info.context
    moved = await cancel(caller.company, caller.user, uuid_of(Kind.CAMPAIGN, asked.id))
    return CampaignCancelSuccess(campaign=campaign_of(moved))


@strawberry.type
class CampaignCancelMutation:
    @field(
        description="Cancel, finally: what waits will not leave.",
        directives=requires(Scope.CAMPAIGNS_WRITE),
    )
    async def campaign_cancel(
        self,
        info: Info,
        input: Annotated[CampaignCancelInput, strawberry.argument(description="Which one.")],
    ) -> CampaignCancelPayload:
        return await payload(info.context, apply(info, input))  # type: ignore[return-value]
