"""What an owner is told of a Channel: once, until it is seen or over, and nobody else is told."""

from __future__ import annotations

from datetime import timedelta

import pytest

from esquadrao.channels import notices
from esquadrao.channels.models import Channel, ChannelState, Notice, NoticeKind, Wish
from esquadrao.companies.models import Company, User
from esquadrao.database import db_now
from esquadrao.errors import Forbidden, NotFound
from tests.conftest import Cast
from tests.drain import receive
from tests.esquadrao.channels.test_session import state
from tests.factories import make_channel
from tests.fake_bridge import FakeBridge


@pytest.fixture
async def channel(cast: Cast) -> Channel:
    made = await make_channel(cast.alfa)
    await Channel.of(cast.alfa).filter(id=made.id).update(wish=Wish.START)
    return made


async def told(company: Company, user: User) -> list[NoticeKind]:
    return [notice.kind for notice, _ in await notices.standing(company, user)]


@pytest.mark.parametrize("name", ["banned", "logged_out", "conflict", "outdated", "failed"])
async def test_what_ends_a_session_is_told_once_to_who_can_cure_it(
    name: str, cast: Cast, channel: Channel, fake: FakeBridge
) -> None:
    for _ in range(2):
        fake.emit([state(fake, channel, name)])
        await receive()
    assert await told(cast.alfa, cast.ana) == [NoticeKind(name)]
    assert await told(cast.alfa, cast.bruno) == []
    assert await told(cast.beta, cast.carla) == []
    assert (await Notice.of(cast.alfa).get()).mailed_at is None


async def test_what_a_person_asked_for_is_no_news(
    cast: Cast, channel: Channel, fake: FakeBridge
) -> None:
    fake.emit([state(fake, channel, "logged_out", reason="asked")])
    await receive()
    assert (await Channel.one(cast.alfa, channel.id)).state is ChannelState.LOGGED_OUT
    assert await told(cast.alfa, cast.ana) == []


async def test_it_is_over_when_the_channel_is_back_and_told_anew_the_next_time(
    cast: Cast, channel: Channel, fake: FakeBridge
) -> None:
    for name in ("conflict", "connected"):
        fake.emit([state(fake, channel, name)])
        await receive()
    assert await told(cast.alfa, cast.ana) == []
    fake.emit([state(fake, channel, "conflict")])
    await receive()
    assert await told(cast.alfa, cast.ana) == [NoticeKind.CONFLICT]


async def test_seen_is_seen_for_all_and_strangers_see_nothing(
    cast: Cast, channel: Channel, fake: FakeBridge
) -> None:
    fake.emit([state(fake, channel, "banned")])
    await receive()
    notice = await Notice.of(cast.alfa).get()
    with pytest.raises(Forbidden):
        await notices.see(cast.alfa, cast.bruno, notice.id)
    with pytest.raises(NotFound):
        await notices.see(cast.beta, cast.carla, notice.id)
    assert await told(cast.alfa, cast.ana) == [NoticeKind.BANNED]
    await notices.see(cast.alfa, cast.ana, notice.id)
    assert await told(cast.alfa, cast.ana) == []


async def test_a_restriction_is_told_with_its_end(
    cast: Cast, channel: Channel, fake: FakeBridge
) -> None:
    of = {"company": str(cast.alfa.id), "channel": str(channel.id)}
    until = (await db_now() + timedelta(hours=5)).isoformat()
    event = fake.event(of, "session.restricted", kind="reach_out", until=until)
    fake.emit([event, event])
    await receive()
    ((notice, _),) = await notices.standing(cast.alfa, cast.ana)
    assert notice.kind is NoticeKind.RESTRICTED
    assert notice.until is not None


async def test_down_for_more_than_five_minutes_is_told_and_a_short_fall_is_not(
    cast: Cast, channel: Channel, fake: FakeBridge
) -> None:
    for name in ("reconnecting", "starting", "reconnecting"):
        fake.emit([state(fake, channel, name)])
        await receive()
    await notices.look_for_fallen()
    assert await told(cast.alfa, cast.ana) == []
    lost = await db_now() - timedelta(minutes=6)
    assert (await Channel.one(cast.alfa, channel.id)).lost_at is not None
    await Channel.of(cast.alfa).filter(id=channel.id).update(lost_at=lost)
    for _ in range(2):
        await notices.look_for_fallen()
    assert await told(cast.alfa, cast.ana) == [NoticeKind.DOWN]
