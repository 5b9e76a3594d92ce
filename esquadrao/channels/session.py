"""What the bridge says of sessions: states and QR codes, applied to the Channel's row.

A state is old news unless its (epoch, seq) is above the last one applied: here, and only here, order matters. Events of
an epoch that lost its lease lose with it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from functools import partial
from typing import Any
from uuid import UUID

import structlog
from tortoise.expressions import F, Q

from esquadrao.channels import notices, pairing_codes
from esquadrao.channels.models import Channel, ChannelState, NoticeKind, Wish
from esquadrao.channels.notices import OF_STATE, News
from esquadrao.companies.models import Company
from esquadrao.database import db_now
from esquadrao.jobs import DispatchMessages
from esquadrao.settings import settings
from esquadrao.signals import Signal, Subject
from esquadrao.unit_of_work import Work

log = structlog.get_logger()
ASKED = "asked"  # the reason of what a person wished: no news to anybody
MOST_WISHES = 500  # a sweep; the rest waits for the next one, seconds later
LONGEST_KIND = 24  # characters of a restriction's code
NEAR_QUOTA = (
    80  # percent of the new chats WhatsApp allows: beyond it a number is looked at, and locks begin
)


async def apply(work: Work, event: dict[str, Any]) -> None:
    """Apply one `session.*` event, or one of history, inside the caller's transaction; unknown Channels are dropped."""
    channel_id, company_id = UUID(event["channel"]), UUID(event["company"])
    if event["type"] == "session.state":
        await _state(work, company_id, channel_id, event)
    elif event["type"] == "session.qr":
        await _qr(work, company_id, channel_id, event)
    elif event["type"] == "session.pair_code":
        await _pair_code(work, company_id, channel_id, event)
    elif event["type"] == "session.restricted":
        await _restricted(work, company_id, channel_id, event)
    elif event["type"] == "history.progress":
        await _history(work, company_id, channel_id, event)


def latest_states(events: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The `session.*` events of a batch without the states that a later one of the same Channel overtook.

    A bridge that starts with a thousand Channels says several states of each: the last one is what remains.
    """
    last: dict[tuple[str, str], tuple[int, int]] = {}
    given = list(events)
    for event in given:
        if event["type"] == "session.state":
            of = (event["company"], event["channel"])
            last[of] = max(last.get(of, (-1, -1)), (int(event["epoch"]), int(event["seq"])))
    return [
        event
        for event in given
        if event["type"] != "session.state"
        or last[event["company"], event["channel"]] == (int(event["epoch"]), int(event["seq"]))
    ]


async def forget_epochs() -> None:
    """With another ledger the leases begin anew too: its first words would else be older than the last of before."""
    await Channel.across_companies().filter(epoch__gt=0).update(epoch=0, state_seq=0)


async def _state(work: Work, company_id: UUID, channel_id: UUID, event: dict[str, Any]) -> None:
    data, epoch, seq = event["data"], int(event["epoch"]), int(event["seq"])
    state = ChannelState(data["state"])
    me = data.get("me") or {}
    known = await Channel.of(company_id).get_or_none(id=channel_id)
    if known is None or (known.epoch, known.state_seq) >= (epoch, seq):
        return
    is_change = known.state != state
    moment = await db_now()
    since = moment if is_change else known.state_since
    changes: dict[str, Any] = {
        "state": state,
        "state_since": since,
        "lost_at": _lost_at(known, state, moment),
        "reason": str(data.get("reason") or "")[:40],
        "epoch": epoch,
        "state_seq": seq,
        "echoed_version": int(data.get("version") or 0),
    }
    if me.get("phone"):
        changes |= {"phone": str(me["phone"])[:20], "profile_name": str(me.get("name") or "")[:120]}
    if state is ChannelState.CONNECTED and known.in_use_since is None:
        changes["in_use_since"] = moment  # the first pairing; the owner may state another
    if state is ChannelState.LOGGED_OUT:
        # What the phone had was brought with the first pairing; a later one asks for nothing.
        changes |= {"phone": None, "profile_name": None, "history_days": 0, "history_percent": None}
    is_news = Q(epoch__lt=epoch) | Q(epoch=epoch, state_seq__lt=seq)
    if not await Channel.of(company_id).filter(is_news, id=channel_id).update(**changes):
        return
    work.signal(Signal(company_id, Subject.CHANNEL, channel_id))
    if is_change and state is ChannelState.CONNECTED:
        work.enqueue(DispatchMessages())
        await notices.over(company_id, channel_id)
    if is_change and state is not ChannelState.QR:
        work.after_commit(partial(pairing_codes.forget, company_id, channel_id))
    if is_change and state in OF_STATE and changes["reason"] != ASKED and known.removed_at is None:
        await notices.tell([News(company_id, channel_id, OF_STATE[state], since)])


def _lost_at(known: Channel, state: ChannelState, moment: datetime) -> datetime | None:
    """Since when a Channel that should be connected is not: attempts in between do not count anew."""
    if state is ChannelState.CONNECTED or known.wish != Wish.START:
        return None
    return moment if known.state == ChannelState.CONNECTED else known.lost_at


async def _restricted(
    work: Work, company_id: UUID, channel_id: UUID, event: dict[str, Any]
) -> None:
    """WhatsApp's own word: a lock of new chats (breakers stop what sends), or their quota. Never shortened."""
    data = event["data"]
    kind = str(data["kind"])[:LONGEST_KIND]
    until = datetime.fromisoformat(data["until"]).astimezone(UTC)
    own = Channel.of(company_id).filter(id=channel_id)
    if kind == "quota":
        if not _is_near(data.get("used"), data.get("limit")):
            return
        hit = await own.filter(Q(quota_until__isnull=True) | Q(quota_until__lt=until)).update(
            quota_until=until
        )
    else:
        is_longer = Q(restricted_until__isnull=True) | Q(restricted_until__lt=until)
        hit = await own.filter(is_longer).update(restriction=kind, restricted_until=until)
    if hit:
        told = NoticeKind.QUOTA if kind == "quota" else NoticeKind.RESTRICTED
        await notices.tell_lock(company_id, channel_id, until, told)
        work.signal(Signal(company_id, Subject.CHANNEL, channel_id))


def _is_near(used: int | None, limit: int | None) -> bool:
    """Whether to stop writing to strangers until the quota's next cycle; a warning without numbers is one."""
    return used is None or limit is None or used * 100 >= NEAR_QUOTA * limit


async def _qr(work: Work, company_id: UUID, channel_id: UUID, event: dict[str, Any]) -> None:
    """Keep the code for as long as it lives. A code without its QR state on the row is not shown."""
    if not await Channel.of(company_id).filter(id=channel_id).exists():
        return
    # Before the signal, so that who hears it finds the code.
    if await pairing_codes.keep_qr(company_id, channel_id, event["data"]):
        work.signal(Signal(company_id, Subject.CHANNEL, channel_id))


async def _pair_code(work: Work, company_id: UUID, channel_id: UUID, event: dict[str, Any]) -> None:
    if not await Channel.of(company_id).filter(id=channel_id).exists():
        return
    if await pairing_codes.keep_code(company_id, channel_id, event["data"]):
        work.signal(Signal(company_id, Subject.CHANNEL, channel_id))


async def _history(work: Work, company_id: UUID, channel_id: UUID, event: dict[str, Any]) -> None:
    data = event["data"]
    percent = None if data["done"] else max(0, min(int(data["percent"]), 100))
    if await Channel.of(company_id).filter(id=channel_id).update(history_percent=percent):
        work.signal(Signal(company_id, Subject.CHANNEL, channel_id))


async def unanswered() -> list[Channel]:
    """Channels of every Company whose wish no state has echoed yet, for the sweeper."""
    waiting = (
        Channel.across_companies()
        .exclude(wish=Wish.NONE)
        .filter(echoed_version__lt=F("wish_version"))
    )
    if settings().whatsapp == "real":
        # What a demo wished of the simulator is no wish of the real one.
        demos = await Company.across_companies().filter(is_demo=True).only("id")
        waiting = waiting.exclude(company_id__in=[one.id for one in demos]) if demos else waiting
    return await waiting.limit(MOST_WISHES)
