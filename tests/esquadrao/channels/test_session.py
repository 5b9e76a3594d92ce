"""What the bridge says of a session, applied in its order; what people ask of one."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from esquadrao.channels import pair, session
from esquadrao.channels.hours import Hours
from esquadrao.channels.models import Channel, ChannelState
from esquadrao.channels.pace import Preset
from esquadrao.database import db_now
from esquadrao.errors import Conflict, Forbidden, Invalid, NotFound
from esquadrao.messages.gate import gate
from esquadrao.messages.gate_codes import Allow, Code, Wait
from esquadrao.messages.gate_facts import OfMessage, facts_of
from esquadrao.unit_of_work import unit_of_work
from tests.conftest import Cast
from tests.drain import receive
from tests.factories import make_channel
from tests.fake_bridge import FakeBridge


@pytest.fixture
async def channel(cast: Cast) -> Channel:
    return await make_channel(cast.alfa, is_connected=False)


def state(fake: FakeBridge, channel: Channel, name: str, **more: Any) -> dict[str, Any]:
    of = {"company": str(channel.company_id), "channel": str(channel.id)}
    return fake.event(
        of, "session.state", **({"state": name, "reason": None, "me": None, "version": 1} | more)
    )


async def test_an_older_state_never_wins(cast: Cast, channel: Channel, fake: FakeBridge) -> None:
    old, new = state(fake, channel, "qr"), state(fake, channel, "connected")
    fake.emit([new, old])
    await receive()
    assert (await Channel.one(cast.alfa, channel.id)).state is ChannelState.CONNECTED
    fake.emit([{**state(fake, channel, "failed"), "epoch": 0}])
    await receive()
    assert (await Channel.one(cast.alfa, channel.id)).state is ChannelState.CONNECTED


async def test_another_ledger_begins_its_epochs_anew(
    cast: Cast, channel: Channel, fake: FakeBridge
) -> None:
    """Else every word of a bridge with a new database would be older than the last one of before."""
    fake.emit([{**state(fake, channel, "connected"), "epoch": 7}])
    await receive()
    fake.ledger_id = "another"
    fake.emit([{**state(fake, channel, "qr"), "epoch": 1}])
    await receive()
    assert (await Channel.one(cast.alfa, channel.id)).state is ChannelState.QR


async def test_a_state_for_another_companys_channel_changes_nothing(
    cast: Cast, channel: Channel, fake: FakeBridge
) -> None:
    stray = {**state(fake, channel, "connected"), "company": str(cast.beta.id)}
    fake.emit([stray])
    await receive()
    assert (await Channel.one(cast.alfa, channel.id)).state is ChannelState.STOPPED


async def test_a_qr_lives_as_long_as_it_says_and_only_in_its_company(
    cast: Cast, channel: Channel, fake: FakeBridge
) -> None:
    of = {"company": str(cast.alfa.id), "channel": str(channel.id)}
    until = datetime.now(UTC) + timedelta(seconds=20)
    qr = fake.event(of, "session.qr", text="2@ref,keys", expires_at=until.isoformat(), attempt=2)
    fake.emit([state(fake, channel, "qr"), qr])
    await receive()
    shown = await pair.current_qr(cast.alfa, channel.id)
    assert shown is not None
    assert (shown.text, shown.attempt) == ("2@ref,keys", 2)
    assert 0 < int(fake.redis.ttl(f"esquadrao:qr:{cast.alfa.id}:{channel.id}")) <= 20
    with pytest.raises(NotFound):
        await pair.current_qr(cast.beta, channel.id)
    fake.emit([state(fake, channel, "connected")])
    await receive()
    assert await pair.current_qr(cast.alfa, channel.id) is None


async def test_who_may_not_pair_is_refused(cast: Cast, channel: Channel) -> None:
    for verb in (pair.start, pair.stop, pair.log_out, pair.simulate_scan):
        with pytest.raises(Forbidden):
            await verb(cast.alfa, cast.bruno, channel.id)


async def test_another_companys_channel_does_not_exist(
    cast: Cast, channel: Channel, fake: FakeBridge
) -> None:
    for verb in (pair.start, pair.stop, pair.log_out, pair.simulate_scan):
        with pytest.raises(NotFound):
            await verb(cast.beta, cast.carla, channel.id)
    assert fake.turn() == 0


async def test_nothing_to_scan_is_said(cast: Cast, channel: Channel) -> None:
    with pytest.raises(Conflict):
        await pair.simulate_scan(cast.alfa, cast.ana, channel.id)


@pytest.mark.parametrize("name", ["", "   ", "x" * 81])
async def test_a_channel_wants_a_name(cast: Cast, name: str) -> None:
    with pytest.raises(Invalid):
        await pair.create(cast.alfa, cast.ana, name=name)
    assert await Channel.of(cast.alfa).count() == 0


async def test_a_restriction_of_whatsapp_is_kept_and_never_shortened(cast: Cast) -> None:
    channel = await make_channel(cast.alfa)
    moment = await db_now()

    async def said(kind: str, days: int) -> Channel:
        until = (moment + timedelta(days=days)).isoformat()
        event = {
            "type": "session.restricted",
            "company": str(cast.alfa.id),
            "channel": str(channel.id),
            "data": {"kind": kind, "until": until},
        }
        async with unit_of_work() as work:
            await session.apply(work, event)
        return await Channel.one(cast.alfa, channel.id)

    await said("reach_out", 3)
    locked = await said("reach_out", 1)
    assert (locked.restriction, locked.restricted_until) == (
        "reach_out",
        moment + timedelta(days=3),
    )
    assert locked.quota_until is None
    assert (await said("quota", 1)).quota_until == moment + timedelta(days=1)


@pytest.mark.parametrize(
    ("numbers", "stops"),
    [
        ({}, True),
        ({"used": 79, "limit": 100}, False),
        ({"used": 80, "limit": 100}, True),
        ({"used": 4, "limit": 5}, True),
        ({"used": 3, "limit": 5}, False),
    ],
)
async def test_near_the_quota_of_new_chats_nobody_new_is_written_to_until_the_next_cycle(
    cast: Cast, fake: FakeBridge, numbers: dict[str, int], *, stops: bool
) -> None:
    channel = await make_channel(cast.alfa, preset=Preset.SAFE)
    until = datetime(2099, 3, 3, tzinfo=UTC)
    of = {"company": str(cast.alfa.id), "channel": str(channel.id)}
    said = fake.event(of, "session.restricted", kind="quota", until=until.isoformat(), **numbers)
    fake.emit([said])
    await receive()
    told = await Channel.one(cast.alfa, channel.id)
    assert told.quota_until == (until if stops else None)
    assert told.restriction == "", "a quota stops strangers, and no Campaign"
    facts = facts_of(told, cast.alfa, OfMessage(is_cold=True))
    at = datetime(2026, 11, 24, 13, tzinfo=UTC)  # a Tuesday, 10:00 in São Paulo
    open_day = replace(facts, state_since=at - timedelta(days=1), hours=Hours())
    answer = gate(open_day, at)
    assert isinstance(answer, Wait) is stops
    if isinstance(answer, Wait):
        assert (answer.code, answer.until) == (Code.NEW_CHAT_QUOTA, until)
    assert gate(replace(open_day, is_cold=False), at) == Allow()
    assert isinstance(gate(open_day, datetime(2099, 3, 3, 13, tzinfo=UTC)), Allow)
