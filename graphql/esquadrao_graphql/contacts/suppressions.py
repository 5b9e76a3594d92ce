from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

import strawberry

from esquadrao.companies.scopes import Scope
from esquadrao.contacts import models
from esquadrao.contacts.models import SuppressedBy
from esquadrao.contacts.suppress import is_of
from esquadrao.contacts.suppressions import matching_phones
from esquadrao_graphql.connections import After, Before, Connection, First, Last, Window, connect
from esquadrao_graphql.contacts import enums  # noqa: F401  # published before the types that use them
from esquadrao_graphql.contacts.types import Contact, contact_of
from esquadrao_graphql.context import Info
from esquadrao_graphql.fields import field
from esquadrao_graphql.ids import Kind, opaque
from esquadrao_graphql.node import Node
from esquadrao_graphql.scopes import requires

Search = Annotated[
    str | None,
    strawberry.argument(
        description="A whole phone, its last four digits, or part of the contact's name or e-mail."
    ),
]
Lifted = Annotated[
    bool, strawberry.argument(description="Those that no longer hold, instead of those that do.")
]


@strawberry.type(
    description="A phone no campaign writes to, over any channel. It outlives the contact.",
    directives=requires(Scope.CONTACTS_READ),
)
class Suppression(Node):
    phone_end: str = strawberry.field(description="The last four digits of the phone.")
    reason: SuppressedBy = strawberry.field(description="Who asked for it.")
    note: str | None = strawberry.field(description="Why, in the words of whoever did it.")
    created_at: datetime = strawberry.field(description="Since when.")
    lifted_at: datetime | None = strawberry.field(description="When it ended; null while it holds.")
    lift_note: str | None = strawberry.field(
        description="Why it ended, in the words of whoever ended it."
    )

    row: strawberry.Private[models.Suppression]

    @field(description="The contact who has this phone; null while nobody does.")
    async def contact(self, info: Info) -> Contact | None:
        contact_id: UUID | None = self.row.contact_id
        found = await info.context.loaders.contacts.load(contact_id) if contact_id else None
        return contact_of(found) if found is not None and is_of(self.row, found) else None


def suppression_of(row: models.Suppression) -> Suppression:
    return Suppression(
        id=opaque(Kind.SUPPRESSION, row.id),
        phone_end=row.phone_end,
        reason=row.reason,
        note=row.note or None,
        created_at=row.created_at,
        lifted_at=row.lifted_at,
        lift_note=row.lift_note or None,
        row=row,
    )


@strawberry.type
class SuppressionQueries:
    @field(
        description="Phones the company leaves alone, the newest first.",
        directives=requires(Scope.CONTACTS_READ),
    )
    async def suppressions(
        self,
        info: Info,
        *,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        search: Search = None,
        lifted: Lifted = False,
    ) -> Connection[Suppression]:
        caller = info.context
        rows = await matching_phones(
            caller.company, caller.user, text=search or "", is_lifted=lifted
        )
        return await connect(
            rows,
            name=f"suppressions:{lifted}:{search or ''}",
            company_id=caller.company.id,
            window=Window(first, after, last, before),
            wrap=suppression_of,
            newest_first=True,
        )
