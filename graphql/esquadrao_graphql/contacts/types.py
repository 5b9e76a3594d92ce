from __future__ import annotations

from datetime import datetime

import strawberry

from esquadrao.companies.scopes import Scope
from esquadrao.contacts import models
from esquadrao_graphql.enums import describe
from esquadrao_graphql.ids import Kind, opaque
from esquadrao_graphql.node import Node
from esquadrao_graphql.scalars import PhoneNumber
from esquadrao_graphql.scopes import requires


@strawberry.type(description="What a contact has in one custom field of the company.")
class CustomValue:
    key: str = strawberry.field(description="The field's key, as texts name it: `{{ key }}`.")
    value: str = strawberry.field(description="The contact's value.")


describe(
    models.OnWhatsApp,
    "What WhatsApp said of a contact's number.",
    {
        models.OnWhatsApp.NOT_CHECKED: "Not asked yet, or no answer yet; never taken for absent.",
        models.OnWhatsApp.EXISTS: "It is on WhatsApp.",
        models.OnWhatsApp.ABSENT: "It is not on WhatsApp.",
    },
)


@strawberry.type(
    description="A person the company writes to, known by their phone.",
    directives=requires(Scope.CONTACTS_READ),
)
class Contact(Node):
    name: str = strawberry.field(description="The person's name; may be empty.")
    phone: PhoneNumber = strawberry.field(description="The person's number.")
    email: str | None = strawberry.field(description="The person's e-mail.")
    custom: list[CustomValue] = strawberry.field(description="The custom fields that have a value.")
    on_whatsapp: models.OnWhatsApp = strawberry.field(description="Whether the number is there.")
    checked_at: datetime | None = strawberry.field(description="When WhatsApp last showed that.")
    version: int = strawberry.field(description="Rises with each edit.")
    created_at: datetime = strawberry.field(description="When the contact was added.")
    updated_at: datetime = strawberry.field(description="When it was last changed.")


@strawberry.type(description="A named set of contacts.", directives=requires(Scope.CONTACTS_READ))
class ContactList(Node):
    name: str = strawberry.field(description="Its name.")
    created_at: datetime = strawberry.field(description="When it was created.")


def contact_of(row: models.Contact) -> Contact:
    return Contact(
        id=opaque(Kind.CONTACT, row.id),
        name=row.name,
        phone=PhoneNumber(row.phone),
        email=row.email or None,
        custom=[CustomValue(key=key, value=value) for key, value in sorted(row.custom.items())],
        on_whatsapp=row.on_whatsapp,
        checked_at=row.checked_at,
        version=row.version,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


def contact_list_of(row: models.ContactList) -> ContactList:
    return ContactList(
        id=opaque(Kind.CONTACT_LIST, row.id), name=row.name, created_at=row.created_at
    )
