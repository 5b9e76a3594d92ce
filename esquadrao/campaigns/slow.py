"""A Campaign's own pace: chosen in the draft, changed while it moves. It slows its Channel, and never hurries it."""

from __future__ import annotations

import random
from datetime import datetime
from uuid import UUID

from tortoise.expressions import F

from esquadrao.campaigns.lifecycle import EDITABLE, IN_MOTION
from esquadrao.campaigns.models import Campaign
from esquadrao.channels.models import Channel
from esquadrao.companies.access import Permission, require
from esquadrao.companies.models import Company, User
from esquadrao.database import db_now, locked
from esquadrao.errors import Conflict, Invalid, Issue
from esquadrao.jobs import DispatchMessages
from esquadrao.messages.campaign_pace import COLUMNS, OwnPace, gap_from, own_pace, until
from esquadrao.signals import Signal, Subject
from esquadrao.unit_of_work import unit_of_work
from esquadrao.words import N_

SHORTEST, LONGEST = 1, 3_600  # seconds; slower than one an hour, a Campaign is paused
DRAWS = random.Random()  # noqa: S311  # the pause of a person typing, not a secret
WRONG = N_("Use de {fewest} a {most} segundos, ou deixe vazio.")
ENDED = N_("A campanha já terminou: o ritmo não muda mais nada.")


async def slow(company: Company, user: User, campaign_id: UUID, own_gap: int | None) -> Campaign:
    """Seconds at least between two of its Messages; None is the Channel's pace alone. Holds before the next write.

    Raises Forbidden, NotFound, Invalid, and Conflict when the Campaign has ended.
    """
    require(user, Permission.CAMPAIGNS_PAUSE)
    if issues := issues_of(own_gap):
        raise Invalid(WRONG, code="number", issues=tuple(issues), **dict(issues[0].values))
    async with unit_of_work() as work:
        channel = await _held(company, (await Campaign.one(company, campaign_id)).channel_id)
        before = await Campaign.one(company, campaign_id)
        if before.own_gap == own_gap:
            return before
        hit = (
            await Campaign.of(company)
            .filter(id=campaign_id, state__in=(*EDITABLE, *IN_MOTION))
            .update(
                own_gap=own_gap,
                own_gap_until=_until(before, channel, own_gap),
                version=F("version") + 1,
                **chosen_by(user, await db_now()),
            )
        )
        if not hit:
            raise Conflict(ENDED, code="state", state=before.state.value)
        work.enqueue(DispatchMessages())
        work.signal(Signal(company.id, Subject.CAMPAIGN, campaign_id))
    return await Campaign.one(company, campaign_id)


def own_pace_of(campaign: Campaign) -> OwnPace:
    return own_pace({name: getattr(campaign, name) for name in COLUMNS})


def issues_of(own_gap: int | None) -> list[Issue]:
    if own_gap is None or SHORTEST <= own_gap <= LONGEST:
        return []
    return [Issue("own_gap", "number", WRONG, (("fewest", SHORTEST), ("most", LONGEST)))]


def chosen_by(user: User, moment: datetime) -> dict[str, object]:
    return {"pace_set_by": user.id, "pace_set_at": moment}


async def _held(company: Company, channel_id: UUID | None) -> Channel | None:
    """The Channel first, as a claim does: it must not write a pause by the pace of before over that of now."""
    if channel_id is None:
        return None
    return await locked(Channel.of(company).filter(id=channel_id)).get_or_none()


def _until(before: Campaign, channel: Channel | None, own_gap: int | None) -> datetime | None:
    """When the next may leave by the new pace, counted from what left last over the Channel; a shorter gap hurries."""
    has_begun = before.sending + before.sent + before.failed + before.unknown + before.asked_count
    last = channel.last_sent_at if channel else None
    if own_gap is None or last is None or not has_begun:
        return None
    fresh = until(gap_from(own_gap), last, DRAWS)
    is_shorter = before.own_gap is not None and own_gap < before.own_gap
    return min(fresh, before.own_gap_until or fresh) if is_shorter else fresh
