from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

import strawberry

from esquadrao.campaigns import models
from esquadrao.campaigns.lifecycle import CampaignState, DeliveryClass, PauseReason
from esquadrao.campaigns.models import MissingVariable
from esquadrao.companies.scopes import Scope
from esquadrao_graphql.campaigns import enums  # noqa: F401  # published before the types that use them
from esquadrao_graphql.campaigns.deliveries import Delivery, delivery_of
from esquadrao_graphql.channels.types import Channel, channel_of
from esquadrao_graphql.companies.types import User, user_of
from esquadrao_graphql.connections import After, Before, Connection, First, Last, Window, connect
from esquadrao_graphql.contacts.types import ContactList, contact_list_of
from esquadrao_graphql.context import Info
from esquadrao_graphql.fields import field
from esquadrao_graphql.ids import Kind, opaque
from esquadrao_graphql.node import Node
from esquadrao_graphql.scopes import requires

State = Annotated[
    DeliveryClass | None, strawberry.argument(description="Only those in this place of the line.")
]


@strawberry.type(
    description="The line that adds up: chosen = skipped + waiting + sending + sent + failed + unknown + cancelled."
)
class CampaignCounters:
    chosen: int = strawberry.field(description="Contacts chosen for the campaign.")
    skipped: int = strawberry.field(description="Never tried.")
    waiting: int = strawberry.field(description="Waiting for their turn.")
    sending: int = strawberry.field(description="On their way.")
    sent: int = strawberry.field(description="WhatsApp has them.")
    failed: int = strawberry.field(description="Refused.")
    unknown: int = strawberry.field(description="Nobody can say whether they left.")
    cancelled: int = strawberry.field(description="Cancelled before they left.")
    delivered: int = strawberry.field(description="Of those sent: on the person's phone.")
    read: int = strawberry.field(description="Of those sent: read.")
    replied: int = strawberry.field(
        description="Of those sent: answered within the days your company counts."
    )
    opted_out: int = strawberry.field(
        description="Asked to be left alone after a message of this campaign."
    )
    asked: int = strawberry.field(description="Confirmation requests WhatsApp has.")
    confirmed: int = strawberry.field(description="Of those asked: said yes.")
    declined: int = strawberry.field(description="Of those asked: said no.")
    unanswered: int = strawberry.field(description="Of those asked: said neither in time.")
    adds_up: bool = strawberry.field(description="Whether the line adds up just now.")


@strawberry.type(
    description="A message for many, with its audience and its schedule.",
    directives=requires(Scope.CAMPAIGNS_READ),
)
class Campaign(Node):
    name: str = strawberry.field(description="What people call it.")
    state: CampaignState = strawberry.field(description="Where it stands.")
    pause_reason: PauseReason | None = strawberry.field(
        description="Why it is paused, while it is."
    )
    missing_variable: MissingVariable = strawberry.field(
        description="What happens where a variable is blank."
    )
    has_footer: bool = strawberry.field(
        description="Whether the first thing a person gets ends by saying how to leave."
    )
    answer_hours: int = strawberry.field(description="How long an answer is waited for, in hours.")
    own_gap: int | None = strawberry.field(
        description="Seconds at least between two of its messages. Null: the channel's pace alone."
    )
    progress: CampaignCounters = strawberry.field(description="How far it has come.")
    scheduled_at: datetime | None = strawberry.field(
        description="When it starts or should have started."
    )
    started_at: datetime | None = strawberry.field(description="When it started.")
    finished_at: datetime | None = strawberry.field(description="When it ended.")
    created_at: datetime = strawberry.field(description="When it was created.")
    updated_at: datetime = strawberry.field(description="When it was last changed.")
    version: int = strawberry.field(description="Rises with each edit.")

    key: strawberry.Private[UUID]
    channel_key: strawberry.Private[UUID | None]
    contact_list_key: strawberry.Private[UUID | None]
    author_key: strawberry.Private[UUID]

    @field(description="Its text, in Liquid.")
    async def body(self, info: Info) -> str | None:
        return await info.context.loaders.bodies.load(self.key)

    @field(
        description="What is asked first, in Liquid, one of them of each person; only who says yes receives the body. "
        "Empty: nobody is asked."
    )
    async def questions(self, info: Info) -> list[str]:
        return await info.context.loaders.questions.load(self.key)

    @field(description="The channel it is sent through.")
    async def channel(self, info: Info) -> Channel | None:
        row = (
            await info.context.loaders.channels.load(self.channel_key) if self.channel_key else None
        )
        return channel_of(row) if row else None

    @field(description="The list its contacts come from.")
    async def contact_list(self, info: Info) -> ContactList | None:
        row = (
            await info.context.loaders.contact_lists.load(self.contact_list_key)
            if self.contact_list_key
            else None
        )
        return contact_list_of(row) if row else None

    @field(description="Who created it.")
    async def created_by(self, info: Info) -> User | None:
        row = await info.context.loaders.users.load(self.author_key)
        return user_of(row) if row else None

    @field(description="Its contacts and what came of each, in the order they were chosen.")
    async def deliveries(
        self,
        info: Info,
        *,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        state: State = None,
    ) -> Connection[Delivery]:
        company = info.context.company
        rows = models.Delivery.of(company).filter(campaign_id=self.key)
        return await connect(
            rows.filter(line_class=state) if state else rows,
            name=f"deliveries:{self.key}:{state or ''}",
            company_id=company.id,
            window=Window(first, after, last, before),
            wrap=delivery_of,
        )


def campaign_of(row: models.Campaign) -> Campaign:
    return Campaign(
        id=opaque(Kind.CAMPAIGN, row.id),
        name=row.name,
        state=row.state,
        pause_reason=_pause_reason(row),
        missing_variable=row.missing_variable,
        has_footer=row.has_footer,
        answer_hours=row.answer_hours,
        own_gap=row.own_gap,
        progress=counters_of(row),
        scheduled_at=row.scheduled_at,
        started_at=row.started_at,
        finished_at=row.finished_at,
        created_at=row.created_at,
        updated_at=row.updated_at,
        version=row.version,
        key=row.id,
        channel_key=row.channel_id,
        contact_list_key=row.contact_list_id,
        author_key=row.created_by,
    )


def counters_of(row: models.Campaign) -> CampaignCounters:
    places = [
        row.skipped,
        row.waiting,
        row.sending,
        row.sent,
        row.failed,
        row.unknown,
        row.cancelled,
    ]
    return CampaignCounters(
        chosen=row.chosen,
        skipped=row.skipped,
        waiting=row.waiting,
        sending=row.sending,
        sent=row.sent,
        failed=row.failed,
        unknown=row.unknown,
        cancelled=row.cancelled,
        delivered=row.delivered_count,
        read=row.read_count,
        replied=row.replied_count,
        opted_out=row.opted_out_count,
        asked=row.asked_count,
        confirmed=row.yes_count,
        declined=row.no_count,
        unanswered=row.silent_count,
        adds_up=row.chosen == sum(places),
    )


def _pause_reason(row: models.Campaign) -> PauseReason | None:
    is_known = row.state == CampaignState.PAUSED and row.reason in set(PauseReason)
    return PauseReason(row.reason) if is_known else None
