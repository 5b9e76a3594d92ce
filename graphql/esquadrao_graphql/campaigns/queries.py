from __future__ import annotations

from typing import Annotated

import strawberry

from esquadrao.campaigns import models
from esquadrao.campaigns.lifecycle import CampaignState
from esquadrao.companies.access import Permission, require
from esquadrao.companies.scopes import Scope
from esquadrao_graphql.campaigns.types import Campaign, campaign_of
from esquadrao_graphql.connections import After, Before, Connection, First, Last, Window, connect
from esquadrao_graphql.context import Info
from esquadrao_graphql.fields import field
from esquadrao_graphql.ids import Kind, uuid_of
from esquadrao_graphql.scopes import requires

Id = Annotated[strawberry.ID, strawberry.argument(description="The campaign's id.")]
State = Annotated[
    CampaignState | None, strawberry.argument(description="Only campaigns in this state.")
]


@strawberry.type
class CampaignQueries:
    @field(
        description="The company's campaigns, the newest first.",
        directives=requires(Scope.CAMPAIGNS_READ),
    )
    async def campaigns(
        self,
        info: Info,
        *,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        state: State = None,
    ) -> Connection[Campaign]:
        caller = info.context
        require(caller.user, Permission.CAMPAIGNS_SEE)
        rows = models.Campaign.of(caller.company)
        return await connect(
            rows.filter(state=state) if state else rows,
            name=f"campaigns:{state or ''}",
            company_id=caller.company.id,
            window=Window(first, after, last, before),
            wrap=campaign_of,
            newest_first=True,
        )

    @field(
        description="One campaign; null with a NOT_FOUND error when there is none.",
        directives=requires(Scope.CAMPAIGNS_READ),
    )
    async def campaign(self, info: Info, id: Id) -> Campaign | None:
        caller = info.context
        require(caller.user, Permission.CAMPAIGNS_SEE)
        return campaign_of(await models.Campaign.one(caller.company, uuid_of(Kind.CAMPAIGN, id)))
