"""`campaignResume`: a setter: asked again it finds the state already moved and answers Conflict; no key is needed."""

from __future__ import annotations

from typing import Annotated

import strawberry

from esquadrao.campaigns.pause import resume
from esquadrao.companies.scopes import Scope
from esquadrao_graphql.campaigns.types import Campaign, campaign_of
from esquadrao_graphql.context import Info
from esquadrao_graphql.errors import Conflict, Forbidden, NotFound, payload
from esquadrao_graphql.fields import field
from esquadrao_graphql.ids import Kind, uuid_of
from esquadrao_graphql.scopes import requires


@strawberry.input(description="Which campaign to resume.")
class CampaignResumeInput:
    id: strawberry.ID = strawberry.field(description="The campaign's id.")


@strawberry.type(description="The campaign was resumed.")
class CampaignResumeSuccess:
    campaign: Campaign = strawberry.field(description="The campaign as it stands now.")


CampaignResumePayload = Annotated[
    CampaignResumeSuccess | NotFound | Forbidden | Conflict,
    strawberry.union("CampaignResumePayload", description="What came of it."),
]


async def apply(info: Info, asked: CampaignResumeInput) -> CampaignResumeSuccess:
    caller = info.context
    moved = await resume(caller.company, caller.user, uuid_of(Kind.CAMPAIGN, asked.id))
    return CampaignResumeSuccess(campaign=campaign_of(moved))


@strawberry.type
class CampaignResumeMutation:
    @field(
        description="Go on with a paused campaign; confirms a late start.",
        directives=requires(Scope.CAMPAIGNS_SEND),
    )
    async def campaign_resume(
        self,
        info: Info,
        input: Annotated[CampaignResumeInput, strawberry.argument(description="Which one.")],
    ) -> CampaignResumePayload:
        return await payload(info.context, apply(info, input))  # type: ignore[return-value]
