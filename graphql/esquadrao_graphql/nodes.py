"""`node(id)` and `nodes(ids)`: any object by its id, with the rights its own queries ask for."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar

import strawberry

from esquadrao.companies.access import Permission, require
from esquadrao.companies.scopes import Scope
from esquadrao.errors import Forbidden, Invalid, NotFound
from esquadrao.words import N_
from esquadrao_graphql.campaigns.deliveries import delivery_of
from esquadrao_graphql.campaigns.types import campaign_of
from esquadrao_graphql.channels.types import channel_of
from esquadrao_graphql.companies.types import company_of, user_of
from esquadrao_graphql.contacts.suppressions import suppression_of
from esquadrao_graphql.contacts.types import contact_list_of, contact_of
from esquadrao_graphql.context import Context, Info
from esquadrao_graphql.fields import field
from esquadrao_graphql.ids import Kind, kind_of, number_of, uuid_of
from esquadrao_graphql.node import Node
from esquadrao_graphql.scopes import requires

MOST_IDS = 100

Id = Annotated[strawberry.ID, strawberry.argument(description="Any object's id.")]
Ids = Annotated[list[strawberry.ID], strawberry.argument(description="At most 100 ids.")]


async def _company(caller: Context, text: str) -> Node:
    row_id = uuid_of(Kind.COMPANY, text)
    if row_id != caller.company.id:
        raise NotFound
    return company_of(caller.company)


async def _user(caller: Context, text: str) -> Node:
    row = await caller.loaders.users.load(uuid_of(Kind.USER, text))
    return user_of(_there(row))


async def _channel(caller: Context, text: str) -> Node:
    row = _there(await caller.loaders.channels.load(uuid_of(Kind.CHANNEL, text)))
    if row.removed_at is not None:
        raise NotFound
    return channel_of(row)


async def _contact(caller: Context, text: str) -> Node:
    return contact_of(_there(await caller.loaders.contacts.load(uuid_of(Kind.CONTACT, text))))


async def _contact_list(caller: Context, text: str) -> Node:
    return contact_list_of(
        _there(await caller.loaders.contact_lists.load(uuid_of(Kind.CONTACT_LIST, text)))
    )


async def _campaign(caller: Context, text: str) -> Node:
    return campaign_of(_there(await caller.loaders.campaigns.load(uuid_of(Kind.CAMPAIGN, text))))


async def _delivery(caller: Context, text: str) -> Node:
    number = number_of(Kind.DELIVERY, text, company_id=caller.company.id)
    return delivery_of(_there(await caller.loaders.deliveries.load(number)))


async def _suppression(caller: Context, text: str) -> Node:
    row_id = uuid_of(Kind.SUPPRESSION, text)
    return suppression_of(_there(await caller.loaders.suppressions.load(row_id)))


Row = TypeVar("Row")
Read = Callable[[Context, str], Awaitable[Node]]
READ: dict[Kind, tuple[Read, Scope, Permission | None]] = {
    Kind.COMPANY: (_company, Scope.COMPANY_READ, None),
    Kind.USER: (_user, Scope.USERS_READ, None),
    Kind.CHANNEL: (_channel, Scope.CHANNELS_READ, Permission.CHANNELS_SEE),
    Kind.CONTACT: (_contact, Scope.CONTACTS_READ, Permission.CONTACTS_READ),
    Kind.CONTACT_LIST: (_contact_list, Scope.CONTACTS_READ, Permission.CONTACTS_READ),
    Kind.CAMPAIGN: (_campaign, Scope.CAMPAIGNS_READ, Permission.CAMPAIGNS_SEE),
    Kind.SUPPRESSION: (_suppression, Scope.CONTACTS_READ, Permission.CONTACTS_READ),
    Kind.DELIVERY: (_delivery, Scope.CAMPAIGNS_READ, Permission.CAMPAIGNS_SEE),
}


async def read(caller: Context, text: str) -> Node:
    """Raises NotFound, alike for every id that leads nowhere; Forbidden before it could be told apart."""
    reader, scope, permission = READ[kind_of(text)]
    if scope not in caller.signed_in.scopes:
        raise Forbidden
    if permission is not None:
        require(caller.user, permission)
    return await reader(caller, text)


def _there(row: Row | None) -> Row:
    if row is None:
        raise NotFound
    return row


@strawberry.type
class NodeQueries:
    @field(
        description="Any object by its id; null with a NOT_FOUND error when there is none.",
        directives=requires(),
    )
    async def node(self, info: Info, id: Id) -> Node | None:
        return await read(info.context, id)

    @field(
        description="Objects by their ids, in order; null for each that is none.",
        directives=requires(),
    )
    async def nodes(self, info: Info, ids: Ids) -> list[Node | None]:
        if len(ids) > MOST_IDS:
            raise Invalid(N_("No máximo {most} ids."), code="invalid", most=MOST_IDS)
        return list(await asyncio.gather(*(_or_none(info.context, one) for one in ids)))


async def _or_none(caller: Context, text: str) -> Node | None:
    try:
        return await read(caller, text)
    except NotFound:
        return None
