from __future__ import annotations

import strawberry

from esquadrao.channels import models
from esquadrao.companies.access import Permission, require
from esquadrao.companies.scopes import Scope
from esquadrao_graphql.channels.types import Channel, channel_of
from esquadrao_graphql.connections import After, Before, Connection, First, Last, Window, connect
from esquadrao_graphql.context import Info
from esquadrao_graphql.fields import field
from esquadrao_graphql.scopes import requires


@strawberry.type
class ChannelQueries:
    @field(
        description="The company's channels, in the order they were created.",
        directives=requires(Scope.CHANNELS_READ),
    )
    async def channels(
        self,
        info: Info,
        *,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Channel]:
        caller = info.context
        require(caller.user, Permission.CHANNELS_SEE)
        return await connect(
            models.Channel.of(caller.company).filter(removed_at=None),
            name="channels",
            company_id=caller.company.id,
            window=Window(first, after, last, before),
            wrap=channel_of,
        )
