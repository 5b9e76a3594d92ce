"""`suppressionLift`: campaigns may write again, so it carries a key and asks for the reason."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import strawberry

from esquadrao.campaigns.leave_alone import end
from esquadrao.companies import idempotency
from esquadrao.companies.scopes import Scope
from esquadrao.contacts import models
from esquadrao_graphql.contacts.suppressions import Suppression, suppression_of
from esquadrao_graphql.context import Info
from esquadrao_graphql.errors import Conflict, Forbidden, NotFound, ValidationError, payload
from esquadrao_graphql.fields import field
from esquadrao_graphql.ids import Kind, uuid_of
from esquadrao_graphql.scalars import IdempotencyKey
from esquadrao_graphql.scopes import requires

ACTION = "suppressionLift"


@strawberry.input(description="Somebody who may be written to again.")
class SuppressionLiftInput:
    id: strawberry.ID = strawberry.field(description="The suppression's id.")
    note: str = strawberry.field(
        description="Why: when and how the person asked for it, 200 characters at most."
    )
    idempotency_key: IdempotencyKey = strawberry.field(description="Your key for this one end.")


@strawberry.type(description="Campaigns may write to this phone again.")
class SuppressionLiftSuccess:
    suppression: Suppression = strawberry.field(description="What held until now.")


SuppressionLiftPayload = Annotated[
    SuppressionLiftSuccess | ValidationError | NotFound | Forbidden | Conflict,
    strawberry.union("SuppressionLiftPayload", description="What came of it."),
]


async def lift(info: Info, asked: SuppressionLiftInput) -> SuppressionLiftSuccess:
    caller = info.context
    suppression_id = uuid_of(Kind.SUPPRESSION, asked.id)

    async def effect() -> UUID:
        return (await end(caller.company, caller.user, suppression_id, note=asked.note)).id

    done = await idempotency.once(
        caller.company,
        caller.user,
        action=ACTION,
        key=asked.idempotency_key,
        asked=[asked.id, asked.note],
        effect=effect,
    )
    caller.was_replayed |= done.was_replayed
    return SuppressionLiftSuccess(
        suppression=suppression_of(await models.Suppression.one(caller.company, done.subject_id))
    )


@strawberry.type
class SuppressionLiftMutation:
    @field(
        description="Let campaigns write to a phone again, with the reason as the proof.",
        directives=requires(Scope.CONTACTS_WRITE),
    )
    async def suppression_lift(
        self,
        info: Info,
        input: Annotated[SuppressionLiftInput, strawberry.argument(description="Which and why.")],
    ) -> SuppressionLiftPayload:
        return await payload(info.context, lift(info, input))  # type: ignore[return-value]
