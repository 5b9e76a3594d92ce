"""`suppressionAdd`: a side effect, so it carries a key."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import strawberry

from esquadrao.campaigns.leave_alone import leave_phone_alone
from esquadrao.companies import idempotency
from esquadrao.companies.scopes import Scope
from esquadrao.contacts import models
from esquadrao.contacts.models import SuppressedBy
from esquadrao_graphql.contacts.suppressions import Suppression, suppression_of
from esquadrao_graphql.context import Info
from esquadrao_graphql.errors import Conflict, Forbidden, ValidationError, payload
from esquadrao_graphql.fields import field
from esquadrao_graphql.scalars import IdempotencyKey, PhoneNumber
from esquadrao_graphql.scopes import requires

ACTION = "suppressionAdd"


@strawberry.input(description="A phone to leave alone.")
class SuppressionAddInput:
    phone: PhoneNumber = strawberry.field(description="The phone; it need not be a contact's.")
    note: str = strawberry.field(default="", description="Why, 200 characters at most.")
    idempotency_key: IdempotencyKey = strawberry.field(description="Your key for this one phone.")


@strawberry.type(
    description="No campaign writes to it from now on; who was left alone before keeps the reason they had."
)
class SuppressionAddSuccess:
    suppression: Suppression = strawberry.field(description="What holds for this phone.")


SuppressionAddPayload = Annotated[
    SuppressionAddSuccess | ValidationError | Forbidden | Conflict,
    strawberry.union("SuppressionAddPayload", description="What came of it."),
]


async def add(info: Info, asked: SuppressionAddInput) -> SuppressionAddSuccess:
    caller = info.context

    async def effect() -> UUID:
        held = await leave_phone_alone(
            caller.company,
            caller.user,
            phone=asked.phone,
            note=asked.note,
            reason=SuppressedBy.API,
        )
        return held.id

    done = await idempotency.once(
        caller.company,
        caller.user,
        action=ACTION,
        key=asked.idempotency_key,
        asked=[asked.phone, asked.note],
        effect=effect,
    )
    caller.was_replayed |= done.was_replayed
    return SuppressionAddSuccess(
        suppression=suppression_of(await models.Suppression.one(caller.company, done.subject_id))
    )


@strawberry.type
class SuppressionAddMutation:
    @field(
        description="Leave a phone alone: no campaign writes to it any more, over any channel.",
        directives=requires(Scope.CONTACTS_WRITE),
    )
    async def suppression_add(
        self,
        info: Info,
        input: Annotated[SuppressionAddInput, strawberry.argument(description="Which and why.")],
    ) -> SuppressionAddPayload:
        return await payload(info.context, add(info, input))  # type: ignore[return-value]
