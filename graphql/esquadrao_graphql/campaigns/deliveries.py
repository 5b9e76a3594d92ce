from __future__ import annotations

from datetime import datetime
from uuid import UUID

import strawberry

from esquadrao.campaigns import models
from esquadrao.campaigns.lifecycle import DeliveryClass
from esquadrao.companies.scopes import Scope
from esquadrao.messages.models import Message, MessageState
from esquadrao_graphql.campaigns import enums  # noqa: F401  # published before the types that use them
from esquadrao_graphql.contacts.types import Contact, contact_of
from esquadrao_graphql.context import Info
from esquadrao_graphql.fields import field
from esquadrao_graphql.ids import Kind, signed
from esquadrao_graphql.node import Node
from esquadrao_graphql.scalars import PhoneNumber
from esquadrao_graphql.scopes import requires


@strawberry.type(description="How far the message of a delivery has come.")
class DeliveryMessage:
    state: MessageState = strawberry.field(description="How far it has come.")
    code: str | None = strawberry.field(
        description="Why it failed or is unknown; codes may be added."
    )
    accepted_at: datetime | None = strawberry.field(description="When our bridge took it.")
    sent_at: datetime | None = strawberry.field(description="When WhatsApp's server had it.")
    delivered_at: datetime | None = strawberry.field(
        description="When it was on the person's phone."
    )
    read_at: datetime | None = strawberry.field(description="When it was read.")


@strawberry.type(
    description="One contact in one campaign.", directives=requires(Scope.CAMPAIGNS_READ)
)
class Delivery(Node):
    state: DeliveryClass = strawberry.field(description="Its place in the line that adds up.")
    reason: str | None = strawberry.field(description="Why it was skipped; codes may be added.")
    phone: PhoneNumber = strawberry.field(description="The number it goes to.")

    key: strawberry.Private[int]
    contact_key: strawberry.Private[UUID]

    @field(description="The contact; null when it is gone.")
    async def contact(self, info: Info) -> Contact | None:
        row = await info.context.loaders.contacts.load(self.contact_key)
        return contact_of(row) if row else None

    @field(description="Its message; null until it is written.")
    async def message(self, info: Info) -> DeliveryMessage | None:
        row = await info.context.loaders.messages.load(self.key)
        return _message_of(row) if row else None


def delivery_of(row: models.Delivery) -> Delivery:
    return Delivery(
        id=signed(Kind.DELIVERY, row.id, company_id=row.company_id),
        state=row.line_class,
        reason=row.reason or None,
        phone=PhoneNumber(row.phone),
        key=row.id,
        contact_key=row.contact_id,
    )


def _message_of(row: Message) -> DeliveryMessage:
    return DeliveryMessage(
        state=row.state,
        code=row.code or None,
        accepted_at=row.accepted_at,
        sent_at=row.server_ack_at,
        delivered_at=row.delivered_at,
        read_at=row.read_at,
    )
