"""Look at the Channels that send and stop what a breaker says must stop: the sweeper's eyes.

The stop is one transaction (the Channel's breaker, its Campaigns paused), so a crash leaves all or nothing, and the
next look does it again. A Channel whose counters did not move since this process last looked is not read again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from tortoise.expressions import Q

from esquadrao.apart import apart
from esquadrao.campaigns.breakers import (
    DELIVERED_WITHIN,
    LAST,
    LOCK_WINDOW,
    PRODUCT,
    Limits,
    Outcome,
    Seen,
    Trip,
    limits_of,
    trip,
)
from esquadrao.campaigns.lifecycle import CampaignState, PauseReason
from esquadrao.campaigns.models import Campaign
from esquadrao.channels import notices
from esquadrao.channels.models import Channel
from esquadrao.companies.models import Company
from esquadrao.database import again_on_deadlock, db_now, locked
from esquadrao.errors import Conflict
from esquadrao.messages.change import Change
from esquadrao.messages.failures import ErrorClass, codes_of
from esquadrao.messages.models import Direction, Message, MessageState
from esquadrao.signals import Signal, Subject
from esquadrao.unit_of_work import Work, unit_of_work
from esquadrao.words import N_

log = structlog.get_logger()
PAGE = 1_000  # Campaigns read at a time
LOOKED_AT = ("id", "company_id", "state", "state_since", "restriction", "breaker", "watched_from")
FIRST = UUID(int=0)
LOOK_AGAIN = timedelta(minutes=5)  # what only time changes (undelivered) is read this often
MOST_SEEN = 10_000  # Channels remembered; beyond it all are forgotten, which costs a look each
SENDING = (CampaignState.PROCESSING, CampaignState.RUNNING)
OUTCOMES: dict[MessageState, Outcome] = {
    MessageState.FAILED: Outcome.FAILED,
    MessageState.UNKNOWN: Outcome.SILENT,
    MessageState.SERVER_ACK: Outcome.SENT,
    MessageState.DELIVERED: Outcome.ARRIVED,
    MessageState.READ: Outcome.ARRIVED,
    MessageState.PLAYED: Outcome.ARRIVED,
}
LOCKED = ("must_write_first",)
STOPS = codes_of(ErrorClass.STOP_CHANNEL)
ACKNOWLEDGED = tuple(
    state for state, one in OUTCOMES.items() if one in (Outcome.SENT, Outcome.ARRIVED)
)
HALVED = timedelta(days=3)  # after a lock the day's limit is half for so long
NOT_CONNECTED = N_("A conexão ainda não está conectada. Conecte e então retome.")
STILL_LOCKED = N_(
    "A trava do WhatsApp nesta conexão ainda não acabou. Espere o fim dela e então retome."
)
_looked: dict[UUID, tuple[tuple[int, int, Limits], datetime]] = {}


@dataclass(slots=True)
class Counts:
    """Of all sending Campaigns of a Channel: what moves when a sample may have changed for the worse."""

    failed: int = 0
    unknown: int = 0
    started_at: datetime | None = None  # of the one that sends longest

    def add(self, campaign: Campaign) -> None:
        self.failed += campaign.failed
        self.unknown += campaign.unknown
        starts = [one for one in (self.started_at, campaign.started_at) if one is not None]
        self.started_at = min(starts, default=None)


async def watch() -> int:
    """Every Channel with a Campaign in motion, of every Company; returns how many were stopped."""
    moment, stopped = await db_now(), 0
    counts: dict[UUID, Counts] = defaultdict(Counts)
    after = FIRST
    while True:
        rows = Campaign.across_companies().filter(state__in=SENDING, id__gt=after)
        wanted = ("id", "channel_id", "failed", "unknown", "started_at")
        page = await rows.order_by("id").limit(PAGE).only(*wanted)
        for one in page:
            if one.channel_id is not None:
                counts[one.channel_id].add(one)
        if len(page) < PAGE:
            break
        after = page[-1].id
    ids = list(counts)
    for start in range(0, len(ids), PAGE):
        channels = await _channels(ids[start : start + PAGE])
        limits = await _limits({one.company_id for one in channels})

        async def look_at(channel: Channel) -> None:
            nonlocal stopped
            own = limits.get(channel.company_id, PRODUCT)  # noqa: B023  # called within this turn
            found = trip(await _seen(channel, counts[channel.id], moment, own), moment, own)
            if found is not None:
                stopped += await stop(channel, found, moment)

        await apart("watch", channels, look_at)
    return stopped


async def _channels(ids: list[UUID]) -> list[Channel]:
    """One that nobody can read, as a newer release may leave it, is left out; the others are looked at."""
    rows = Channel.across_companies().only(*LOOKED_AT)
    try:
        return await rows.filter(id__in=ids)
    except ValueError:
        found: list[Channel] = []

        async def read(channel_id: UUID) -> None:
            found.extend(await rows.filter(id=channel_id))

        await apart("watch", ids, read)
        return found


async def _limits(company_ids: set[UUID]) -> dict[UUID, Limits]:
    rows = Company.across_companies().filter(id__in=list(company_ids))
    return {one.id: limits_of(one) for one in await rows}


@again_on_deadlock
async def stop(channel: Channel, found: Trip, moment: datetime) -> bool:
    """Trip the breaker and pause what sends over the Channel. Returns whether something was still sending."""
    async with unit_of_work() as work:
        return await _stop(work, channel, found, moment)


async def stop_refused(work: Work, changes: Sequence[Change]) -> None:
    """Stop Channels whose number WhatsApp itself refuses, in the transaction that learns of it and holds their rows.

    A look of the sweeper would come after the next Message: to whom a number is barred from writing, one write more
    is what makes a lock of it.
    """
    refused = {
        (one.company_id, one.channel_id)
        for one in changes
        if one.after is MessageState.FAILED and one.code in (*LOCKED, *STOPS) and one.channel_id
    }
    moment = await db_now()
    for company_id, channel_id in sorted(refused):
        channel = await Channel.of(company_id).only(*LOOKED_AT).get(id=channel_id)
        failures = await _newest(channel, MessageState.FAILED)
        found = trip(_with_refusals(_standing(channel), channel, failures, moment), moment)
        if found is not None:
            await _stop(work, channel, found, moment)


async def _stop(work: Work, channel: Channel, found: Trip, moment: datetime) -> bool:
    company_id = channel.company_id
    own = Channel.of(company_id).filter(id=channel.id)
    await own.filter(breaker="").update(breaker=found.reason, breaker_at=moment)
    if found.lock_until is not None:
        lock = {"restriction": "must_write_first", "restricted_until": found.lock_until}
        if await own.filter(restriction="").update(**lock):
            await notices.tell_lock(company_id, channel.id, found.lock_until)
    rows = Campaign.of(company_id).filter(channel_id=channel.id, state__in=SENDING)
    ids = [one.id for one in await rows.only("id")]
    paused = await rows.filter(id__in=ids).update(
        state=CampaignState.PAUSED, reason=found.reason, reason_values=found.values
    )
    work.signal(Signal(company_id, Subject.CHANNEL, channel.id))
    for campaign_id in ids:
        work.signal(Signal(company_id, Subject.CAMPAIGN, campaign_id))
    log.warning(
        "breaker_tripped",
        channel_id=str(channel.id),
        reason=found.reason.value,
        campaigns=paused,
        **found.values,
    )
    return bool(paused)


async def reset(company_id: UUID, channel_id: UUID) -> None:
    """Somebody looked and goes on: inside the caller's transaction. What came before is not counted again.

    Raises Conflict while WhatsApp's lock lasts, or the Channel is not connected: it would stop at the next look.
    """
    moment = await db_now()
    channel = await locked(Channel.of(company_id).filter(id=channel_id)).get_or_none()
    if channel is None:
        raise Conflict(NOT_CONNECTED, code="channel_not_connected")
    if channel.restricted_until is not None and channel.restricted_until > moment:
        raise Conflict(STILL_LOCKED, code="restricted")
    if not channel.is_connected:
        raise Conflict(NOT_CONNECTED, code="channel_not_connected")
    after_lock = {"restriction": "", "restricted_until": None, "halved_until": moment + HALVED}
    await (
        Channel.of(company_id)
        .filter(id=channel_id)
        .update(
            breaker="",
            breaker_at=None,
            watched_from=moment,
            **(after_lock if channel.restriction else {}),
        )
    )


async def _seen(channel: Channel, counts: Counts, moment: datetime, limits: Limits) -> Seen:
    seen = _standing(channel)
    key = (counts.failed, counts.unknown, limits)  # who tightened a rule is looked at anew
    known = _looked.get(channel.id)
    if known is not None and known[0] == key and moment - known[1] < LOOK_AGAIN:
        return seen
    if len(_looked) > MOST_SEEN:
        _looked.clear()
    _looked[channel.id] = (key, moment)
    started = counts.started_at
    is_old = started is not None and moment - started >= DELIVERED_WITHIN
    late, late_of = await _overdue(channel, moment) if is_old else (0, 0)
    failures = await _newest(channel, MessageState.FAILED) if counts.failed else []
    last = await _last(channel) if counts.failed or counts.unknown else ()
    seen = replace(seen, last=last, overdue=late, overdue_of=late_of)
    return _with_refusals(seen, channel, failures, moment)


def _standing(channel: Channel) -> Seen:
    return Seen(
        state=channel.state,
        state_since=channel.state_since,
        restriction=channel.restriction,
        standing=channel.breaker if channel.breaker in set(PauseReason) else "",
    )


def _with_refusals(seen: Seen, channel: Channel, failures: list[Message], now: datetime) -> Seen:
    """And how often WhatsApp refused the number itself."""
    hour_ago = now - LOCK_WINDOW
    locked_since = max(hour_ago, channel.watched_from or hour_ago)
    return replace(
        seen,
        locks=_with_code(failures, LOCKED, locked_since),
        stops=_with_code(failures, STOPS, channel.watched_from),
    )


async def _last(channel: Channel) -> list[Outcome]:
    """The newest outcomes: each state walks its own range of the index, and the newest of all are taken."""
    found: list[tuple[int, Outcome]] = []
    for state, outcome in OUTCOMES.items():
        rows = await _newest(channel, state)
        found += [(one.id, outcome) for one in rows if _is_after(one, channel.watched_from)]
    return [outcome for _, outcome in sorted(found, reverse=True)[:LAST]]


async def _overdue(channel: Channel, moment: datetime) -> tuple[int, int]:
    """Of the newest sends that had their time: how many never arrived, of how many."""
    had_their_time = Q(server_ack_at__lte=moment - DELIVERED_WITHIN)
    found: list[tuple[int, MessageState]] = []
    for state in ACKNOWLEDGED:
        rows = await _newest(channel, state, had_their_time)
        found += [(one.id, state) for one in rows if _is_after(one, channel.watched_from)]
    newest = sorted(found, reverse=True)[:LAST]
    late = sum(state is MessageState.SERVER_ACK for _, state in newest)
    return late, len(newest)


def _with_code(failures: list[Message], codes: Sequence[str], since: datetime | None) -> int:
    """How many of these failed for one of the codes after that moment."""
    return sum(one.code in codes and _is_after(one, since) for one in failures)


async def _newest(channel: Channel, state: MessageState, which: Q | None = None) -> list[Message]:
    rows = Message.of(channel.company_id).filter(channel_id=channel.id, state=state)
    # What was typed on the phone is no outcome of ours: its receipts do not come here.
    rows = rows.filter(which or Q(), direction=Direction.OUT, is_echo=False)
    return await rows.order_by("-id").limit(LAST).only("id", "code", "ended_at", "server_ack_at")


def _is_after(message: Message, moment: datetime | None) -> bool:
    """Whether its outcome came after `moment`."""
    at = message.ended_at or message.server_ack_at
    return moment is None or (at is not None and at > moment)


def forget() -> None:
    """Look at every Channel anew; for tests, whose databases are others."""
    _looked.clear()
