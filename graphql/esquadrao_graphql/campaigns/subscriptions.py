from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from typing import Annotated
from uuid import UUID

import strawberry

from esquadrao.campaigns import progress
from esquadrao.campaigns.lifecycle import ENDED
from esquadrao.companies.access import Permission
from esquadrao.companies.scopes import Scope
from esquadrao.gateways import live
from esquadrao.signals import Signal, Subject
from esquadrao_graphql import words
from esquadrao_graphql.campaigns.types import Campaign, campaign_of
from esquadrao_graphql.context import Context, Info
from esquadrao_graphql.fields import subscription
from esquadrao_graphql.ids import Kind, uuid_of
from esquadrao_graphql.scopes import requires

PACE = 1.0  # s between two events at least
LOOKED_EACH = 15.0  # s without a signal after which we look by ourselves: a signal may be lost, an end may not

Id = Annotated[strawberry.ID, strawberry.argument(description="The campaign's id.")]


@strawberry.type(description="Why nothing leaves just now.")
class CampaignWait:
    code: str | None = strawberry.field(
        description="The rule, for programs; null when the campaign itself does not run."
    )
    message: str = strawberry.field(
        description="The reason, for people, in the language of the caller."
    )
    advice: str | None = strawberry.field(description="What to do, for people.")
    until: datetime | None = strawberry.field(
        description="Until when; null when somebody must act."
    )


@strawberry.type(description="How a campaign gets on.", directives=requires(Scope.CAMPAIGNS_READ))
class CampaignProgress:
    campaign: Campaign = strawberry.field(
        description="The campaign with its counters as they stand."
    )
    rate_per_minute: float = strawberry.field(description="Messages sent in the last minute.")
    mean_rate_per_minute: float = strawberry.field(description="Messages a minute since the start.")
    expected_end_at: datetime | None = strawberry.field(
        description="When the last message should leave."
    )
    wait: CampaignWait | None = strawberry.field(description="Why nothing leaves just now.")


@strawberry.type
class CampaignSubscriptions:
    @subscription(
        description=(
            "How a campaign gets on: first where it stands, then at most one event a second while it moves; "
            "ends when the campaign has ended. After a lost connection subscribe again: the first event is whole."
        ),
        directives=requires(Scope.CAMPAIGNS_READ),
    )
    async def campaign_progress(self, info: Info, id: Id) -> AsyncIterator[CampaignProgress]:
        campaign_id = uuid_of(Kind.CAMPAIGN, id)
        caller = info.context
        await caller.check_again(Permission.CAMPAIGNS_SEE)
        async with signals_of(
            caller.company.id, campaign_id
        ) as changed:  # before the first look: nothing between
            while True:
                changed.clear()
                seen = await look(caller, campaign_id)
                yield seen
                if seen.campaign.state in ENDED:
                    return
                await asyncio.sleep(PACE)
                with suppress(TimeoutError):
                    await asyncio.wait_for(changed.wait(), LOOKED_EACH)


async def look(caller: Context, campaign_id: UUID) -> CampaignProgress:
    """The state now, with the rights of now. Raises NotFound, Forbidden or the fault of a token that is gone."""
    await caller.check_again(Permission.CAMPAIGNS_SEE)
    now = await progress.snapshot(caller.company, campaign_id)
    why = now.wait
    return CampaignProgress(
        campaign=campaign_of(now.campaign),
        rate_per_minute=now.rate_now,
        mean_rate_per_minute=now.rate_mean,
        expected_end_at=now.expected_end,
        wait=CampaignWait(
            code=why.code.value if why.code else None,
            message=words.said(why.sentence, why.values, language=caller.language),
            advice=words.said(why.todo, {}, language=caller.language) or None,
            until=why.until,
        )
        if why
        else None,
    )


@asynccontextmanager
async def signals_of(company_id: UUID, campaign_id: UUID) -> AsyncIterator[asyncio.Event]:
    """An event that is set whenever the Campaign may have changed; a gap in the signals may hide anything."""
    changed = asyncio.Event()
    wanted = {Signal(company_id, Subject.CAMPAIGN, campaign_id).event, live.GAP}

    async def hear() -> None:
        async with live.listen(company_id) as events:
            listening.set()
            async for event in events:
                if event.message in wanted:
                    changed.set()

    listening = asyncio.Event()
    ear = asyncio.create_task(hear(), name=f"progress-{campaign_id}")
    try:
        await listening.wait()
        yield changed
    finally:
        ear.cancel()
        with suppress(asyncio.CancelledError):
            await ear
