from __future__ import annotations

from typing import Annotated

import strawberry

from esquadrao.companies.access import Permission, require
from esquadrao.companies.scopes import Scope
from esquadrao.contacts import models
from esquadrao.contacts.search import matching
from esquadrao_graphql.connections import After, Before, Connection, First, Last, Window, connect
from esquadrao_graphql.contacts.types import Contact, ContactList, contact_list_of, contact_of
from esquadrao_graphql.context import Info
from esquadrao_graphql.fields import field
from esquadrao_graphql.scopes import requires

Search = Annotated[
    str | None,
    strawberry.argument(
        description="Part of a name, e-mail or phone; case and accents do not count."
    ),
]


@strawberry.type
class ContactQueries:
    @field(
        description="The company's contacts, the newest first.",
        directives=requires(Scope.CONTACTS_READ),
    )
    async def contacts(
        self,
        info: Info,
        *,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        search: Search = None,
    ) -> Connection[Contact]:
        caller = info.context
        require(caller.user, Permission.CONTACTS_READ)
        return await connect(
            matching(caller.company, search or ""),
            name=f"contacts:{search or ''}",
            company_id=caller.company.id,
            window=Window(first, after, last, before),
            wrap=contact_of,
            newest_first=True,
        )

    @field(
        description="The company's contact lists, in the order they were created.",
        directives=requires(Scope.CONTACTS_READ),
    )
    async def contact_lists(
        self,
        info: Info,
        *,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[ContactList]:
        caller = info.context
        require(caller.user, Permission.CONTACTS_READ)
        return await connect(
            models.ContactList.of(caller.company),
            name="contactLists",
            company_id=caller.company.id,
            window=Window(first, after, last, before),
            wrap=contact_list_of,
        )
