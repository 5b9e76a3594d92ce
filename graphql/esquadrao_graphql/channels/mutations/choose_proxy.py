"""`channelProxyChoose`: a setter: asked again it changes nothing; no key is needed."""

from __future__ import annotations

from typing import Annotated

import strawberry

from esquadrao.channels.choose_proxy import choose_proxy
from esquadrao.companies.scopes import Scope
from esquadrao_graphql.channels.types import Channel, channel_of
from esquadrao_graphql.context import Info
from esquadrao_graphql.errors import Conflict, Forbidden, NotFound, ValidationError, payload
from esquadrao_graphql.fields import field
from esquadrao_graphql.ids import Kind, uuid_of
from esquadrao_graphql.scopes import requires


@strawberry.input(description="Which channel, and by which way it reaches WhatsApp.")
class ChannelProxyChooseInput:
    id: strawberry.ID = strawberry.field(description="The channel's id.")
    proxy: str | None = strawberry.field(
        description="scheme://user@host:port; http, https or socks5. Null: WhatsApp is reached directly."
    )
    password: str | None = strawberry.field(
        default=None,
        description="Its password. Null keeps the one that stands, while the rest stays as it is.",
    )


@strawberry.type(description="The proxy opened a way to WhatsApp and is used from now on.")
class ChannelProxyChooseSuccess:
    channel: Channel = strawberry.field(description="The channel as it stands now.")


ChannelProxyChoosePayload = Annotated[
    ChannelProxyChooseSuccess | ValidationError | NotFound | Forbidden | Conflict,
    strawberry.union("ChannelProxyChoosePayload", description="What came of it."),
]


async def apply(info: Info, asked: ChannelProxyChooseInput) -> ChannelProxyChooseSuccess:
    caller = info.context
    chosen = await choose_proxy(
        caller.company,
        caller.user,
        uuid_of(Kind.CHANNEL, asked.id),
        address=asked.proxy or "",
        password=asked.password or "",
    )
    return ChannelProxyChooseSuccess(channel=channel_of(chosen))


@strawberry.type
class ChannelProxyChooseMutation:
    @field(
        description="Have a channel reach WhatsApp by a proxy of its own; it is tried before it is kept.",
        directives=requires(Scope.CHANNELS_WRITE),
    )
    async def channel_proxy_choose(
        self,
        info: Info,
        input: Annotated[
            ChannelProxyChooseInput, strawberry.argument(description="Which one, and which way.")
        ],
    ) -> ChannelProxyChoosePayload:
        return await payload(info.context, apply(info, input))  # type: ignore[return-value]
