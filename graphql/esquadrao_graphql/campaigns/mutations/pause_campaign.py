"""`campaignPause`: a setter: asked again it finds the state already moved and answers Conflict; no key is needed."""

from __future__ import annotations

from typing import Annotated

import strawberry

from esquadrao.campaigns.pause import pause
from esquadrao.companies.scopes import Scope
from esquadrao_graphql.campaigns.types import Campaign, campaign_of
from esquadrao_graphql.context import Info
from esquadrao_graphql.errors import Conflict, Forbidden, NotFound, payload
from esquadrao_graphql.fields import field
from esquadrao_graphql.ids import Kind, uuid_of
from esquadrao_graphql.scopes import requires


@strawberry.input(description="Which campaign to pause.")
class CampaignPauseInput:
    id: strawberry.ID = strawberry.field(description="The campaign's id.")


@strawberry.type(description="The campaign was paused.")
class CampaignPauseSuccess:
    campaign: Campaign = strawberry.field(description="The campaign as it stands now.")


CampaignPausePayload = Annotated[
    CampaignPauseSuccess | NotFound | Forbidden | Conflict,
    strawberry.union("CampaignPausePayload", description="What came of it."),
]


async def apply(info: Info, asked: CampaignPauseInput) -> CampaignPauseSuccess:
    caller = info.context
    moved = await pause(caller.company, caller.user, uuid_of(Kind.CAMPAIGN, asked.id))
    return CampaignPauseSuccess(campaign=campaign_of(moved))


@strawberry.type
class CampaignPauseMutation:
    @field(
        description="Pause: at most the one message in flight still leaves.",
        directives=requires(Scope.CAMPAIGNS_WRITE),
    )
    async def campaign_pause(
        self,
        info: Info,
        input: Annotated[CampaignPauseInput, strawberry.argument(description="Which one.")],
    ) -> CampaignPausePayload:
        return await payload(info.context, apply(info, input))  # type: ignore[return-value]
