"""What an owner must know of a Channel: told once, on every page until somebody has seen it or it is over.

Each also stands as a row for the e-mail that is still to leave (`mailed_at`), also when it is over.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from esquadrao import sql
from esquadrao.channels.models import Channel, ChannelState, Notice, NoticeKind, Wish
from esquadrao.companies.access import Permission, can, require
from esquadrao.companies.models import Company, User
from esquadrao.database import db_now
from esquadrao.errors import NotFound
from esquadrao.tenancy import new_id
from esquadrao.unit_of_work import unit_of_work

DOWN_AFTER = timedelta(minutes=5)  # product.md 3
MOST_DOWN = 500  # Channels one look tells of; the next look has the rest
MOST_SHOWN = 5  # on a page; the Channels' own page has all
# States a Channel comes to by itself and leaves by a person's hand alone.
OF_STATE: dict[ChannelState, NoticeKind] = {
    ChannelState.BANNED: NoticeKind.BANNED,
    ChannelState.LOGGED_OUT: NoticeKind.LOGGED_OUT,
    ChannelState.CONFLICT: NoticeKind.CONFLICT,
    ChannelState.OUTDATED: NoticeKind.OUTDATED,
    ChannelState.NEEDS_PASSKEY: NoticeKind.NEEDS_PASSKEY,
    ChannelState.FAILED: NoticeKind.FAILED,
}
TOLD: dict[str, sql.Kind] = {
    "company_id": "uuid",
    "id": "uuid",
    "channel_id": "uuid",
    "kind": "text",
    "since": "timestamptz",
    "until": "timestamptz",
    "created_at": "timestamptz",
}


@dataclass(frozen=True, slots=True)
class News:
    company_id: UUID
    channel_id: UUID
    kind: NoticeKind
    since: datetime
    until: datetime | None = None


async def tell(news: Iterable[News]) -> None:
    """Inside the caller's transaction; told again, nothing is added."""
    moment = await db_now()
    rows = [
        (one.company_id, new_id(), one.channel_id, one.kind, one.since, one.until, moment)
        for one in news
    ]
    if rows:
        await sql.insert_each("notice", sql.Given(TOLD, rows), sets={}, once=True)


async def tell_lock(
    company_id: UUID, channel_id: UUID, until: datetime, kind: NoticeKind = NoticeKind.RESTRICTED
) -> None:
    """WhatsApp bars new chats, or is about to, until then."""
    await tell([News(company_id, channel_id, kind, until, until)])


async def over(company_id: UUID, channel_id: UUID) -> None:
    """The Channel is connected again: what was said of its state holds no more. A restriction outlives that."""
    rows = Notice.of(company_id).filter(channel_id=channel_id, over_at=None)
    kinds = [*OF_STATE.values(), NoticeKind.DOWN]
    await rows.filter(kind__in=kinds).update(over_at=await db_now())


async def standing(company: Company, user: User) -> list[tuple[Notice, Channel]]:
    """What this User must still see, the newest first; nothing for those who could do nothing about it."""
    if not can(user, Permission.CHANNELS_PAIR):
        return []
    rows = Notice.of(company).filter(seen_at=None, over_at=None)
    notices = await rows.order_by("-created_at", "-id").limit(MOST_SHOWN)
    if not notices:
        return []
    ids = {one.channel_id for one in notices}
    channels = {
        one.id: one for one in await Channel.of(company).filter(id__in=ids, removed_at=None)
    }
    return [(one, channels[one.channel_id]) for one in notices if one.channel_id in channels]


async def see(company: Company, user: User, notice_id: UUID) -> Notice:
    """“Entendi”: nobody of the Company need read it again. Raises Forbidden, NotFound."""
    require(user, Permission.CHANNELS_PAIR)
    async with unit_of_work():
        notice = await Notice.of(company).get_or_none(id=notice_id)
        if notice is None:
            raise NotFound
        rows = Notice.of(company).filter(id=notice.id, seen_at=None)
        await rows.update(seen_at=await db_now(), seen_by=user.id)
    return notice


async def look_for_fallen() -> None:
    """For the sweeper: Channels that should be connected and were not for too long, of every Company."""
    lost = Channel.across_companies().filter(
        lost_at__lt=await db_now() - DOWN_AFTER,
        wish=Wish.START,
        removed_at=None,
        state__in=(ChannelState.STARTING, ChannelState.RECONNECTING),
    )
    # Whoever was told of already stays in the list until it is back: a Company has a handful of Channels.
    found = await lost.order_by("-lost_at").limit(MOST_DOWN).only("id", "company_id", "lost_at")
    async with unit_of_work("sweep"):
        await tell(
            News(one.company_id, one.id, NoticeKind.DOWN, one.lost_at)
            for one in found
            if one.lost_at
        )
