"""D24: what cannot be worked on stops itself alone. Beta's rows are poisoned; Alfa's go on in every stage."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from esquadrao import sql
from esquadrao.apart import apart
from esquadrao.campaigns import watch
from esquadrao.campaigns.dispatch import dispatch_once
from esquadrao.campaigns.launch import launch
from esquadrao.campaigns.lifecycle import CampaignState
from esquadrao.campaigns.models import Campaign, Variant
from esquadrao.campaigns.prepare import prepare
from esquadrao.campaigns.process import process
from esquadrao.campaigns.sweep import sweep
from esquadrao.campaigns.verify import verify
from esquadrao.channels.models import Channel, ChannelState
from esquadrao.channels.pace import Preset
from esquadrao.companies.models import Company, User
from esquadrao.database import db_now
from esquadrao.messages.models import Direction, Message, MessageState
from tests.conftest import Cast
from tests.drain import receive
from tests.factories import make_campaign, make_channel, make_contacts, make_list
from tests.fake_bridge import FakeBridge

DAY_LONG = " ".join(["0700-2200"] * 7)


async def launched(user: User, company: Company, *, preset: Preset = Preset.SIMULATOR) -> Campaign:
    people = await make_list(company, await make_contacts(company, 2))
    made = await make_campaign(user, await make_channel(company, preset=preset), people)
    await launch(company, user, made.id)
    return made


async def of_a_newer_release(channel_id: object) -> None:
    """A row that only a later version can read: what a rolled back deploy leaves behind."""
    changed = "UPDATE channel SET preset = 'warp' WHERE id = :id"
    await sql.run(changed, id=channel_id)


async def state_of(company: Company) -> CampaignState:
    return (await Campaign.of(company).get()).state


async def test_d24_a_campaign_that_cannot_be_verified_keeps_none_from_starting(cast: Cast) -> None:
    poisoned = await launched(cast.carla, cast.beta)
    first = await db_now() - timedelta(minutes=5)
    await Campaign.of(cast.beta).filter(id=poisoned.id).update(scheduled_at=first)
    await launched(cast.ana, cast.alfa)
    await of_a_newer_release(poisoned.channel_id)
    await verify()
    assert await state_of(cast.alfa) is CampaignState.PROCESSING
    assert await state_of(cast.beta) is CampaignState.SCHEDULED


@pytest.mark.parametrize(
    "poison",
    [
        {"preset": "warp"},
        {"timezone": "Mars/Olympus"},
        {"sending_week": "when we feel like it"},
    ],
)
async def test_d24_a_channel_that_cannot_be_read_keeps_no_other_from_sending(
    cast: Cast, fake: FakeBridge, poison: dict[str, str]
) -> None:
    campaigns = [
        await launched(cast.carla, cast.beta, preset=Preset.SAFE),
        await launched(cast.ana, cast.alfa),
    ]
    await verify()
    for one in campaigns:
        await process(one.company_id, one.id)
        await prepare(one.company_id, one.id)
    if "preset" in poison:
        await of_a_newer_release(campaigns[0].channel_id)
    else:
        await Company.of(cast.beta).update(**poison)
    early = await db_now() - timedelta(minutes=1)
    await sql.run("UPDATE channel SET next_send_at = :early", early=early)
    assert await dispatch_once() == 1
    assert await Message.of(cast.alfa).filter(state=MessageState.SENDING).count() == 1
    waiting = Message.of(cast.beta).filter(state=MessageState.PENDING)
    assert await waiting.count() == 2, "nobody is lost"
    assert await dispatch_once() == 0, "and the poisoned one is not asked again at once"
    assert fake.turn() == 1


async def test_d24_a_text_that_cannot_be_rendered_stops_its_own_campaign_alone(cast: Cast) -> None:
    poisoned = await launched(cast.carla, cast.beta)
    sound = await launched(cast.ana, cast.alfa)
    await verify()
    for one in (poisoned, sound):
        await process(one.company_id, one.id)
    await Variant.of(cast.beta).all().update(body="{% for x in")
    await sweep()
    assert await prepare(sound.company_id, sound.id) == 2
    assert await dispatch_once() == 1


POISONED: list[tuple[str, dict[str, Any]]] = [
    ("message.status", {}),
    ("message.status", {"wa_id": "x", "claim_no": "many", "rank": "read"}),
    ("message.status", {"wa_id": "x", "claim_no": 1, "rank": "seen from afar"}),
    ("message.known", {"wa_id": None}),
    ("message.in", {"wa_id": "in-1"}),
    ("message.in", {"wa_id": "in-2", "from": "+5511987650009", "name": 5, "text": 5, "at": "noon"}),
    ("message.echo", {"wa_id": "in-3", "to": "+5511987650009", "text": "Oi"}),
    ("session.state", {"state": "enlightened"}),
    ("session.restricted", {"kind": "quota", "until": "tomorrow"}),
    ("numbers.checked", {"checked": []}),
    ("weather.changed", {}),
]


@pytest.mark.parametrize(("kind", "data"), POISONED, ids=[one[0] for one in POISONED])
async def test_d24_an_event_that_cannot_be_read_takes_no_other_with_it(
    cast: Cast, fake: FakeBridge, kind: str, data: dict[str, Any]
) -> None:
    """In one batch with those of another Company, before and after it."""
    mine, theirs = [await make_channel(one, is_connected=False) for one in (cast.alfa, cast.beta)]
    of_mine, of_theirs = (
        {"company": str(one.company_id), "channel": str(one.id)} for one in (mine, theirs)
    )
    connected = {"state": "connected", "reason": None, "me": None, "version": 1}
    at = (await db_now()).isoformat()
    said = {"wa_id": "mine", "from": "+5511987650001", "name": "Mar\0ia", "text": "O\0i", "at": at}
    fake.emit(
        [
            fake.event(of_mine, "session.state", **connected),
            fake.event(of_theirs, kind, **data),
            fake.event(of_mine, "message.in", **said),
        ]
    )
    await receive()
    assert (await Channel.one(cast.alfa, mine.id)).state is ChannelState.CONNECTED
    stored = await Message.of(cast.alfa).filter(direction=Direction.IN)
    assert [one.body for one in stored] == ["Oi"]
    assert await Message.of(cast.beta).count() == 0
    assert await receive() == 0, "nothing is left that would be read for ever"


async def test_d24_an_event_of_an_unreadable_channel_takes_no_other_with_it(
    cast: Cast, fake: FakeBridge
) -> None:
    mine, theirs = [await make_channel(one, is_connected=False) for one in (cast.alfa, cast.beta)]
    await of_a_newer_release(theirs.id)
    connected = {"state": "connected", "reason": None, "me": None, "version": 1}
    for one in (theirs, mine):
        of = {"company": str(one.company_id), "channel": str(one.id)}
        fake.emit([fake.event(of, "session.state", **connected)])
    await receive()
    assert (await Channel.one(cast.alfa, mine.id)).state is ChannelState.CONNECTED


async def test_d24_a_channel_nobody_can_judge_keeps_no_breaker_from_tripping(cast: Cast) -> None:
    watch.forget()
    for user, company in ((cast.carla, cast.beta), (cast.ana, cast.alfa)):
        channel = await make_channel(company)
        made = await make_campaign(user, channel, None)
        running = {"state": CampaignState.RUNNING, "failed": 1}
        await Campaign.of(company).filter(id=made.id).update(**running)
        away = await db_now() - timedelta(hours=1)
        await Channel.of(company).all().update(state=ChannelState.RECONNECTING, state_since=away)
    await sql.run("UPDATE channel SET state = 'astray' WHERE company_id = :id", id=cast.beta.id)
    with pytest.raises(ValueError, match="astray"):
        await Channel.of(cast.beta).get()
    await sweep()
    paused = await Campaign.of(cast.alfa).get()
    assert paused.state is CampaignState.PAUSED


async def test_d24_a_step_that_fails_keeps_the_next_from_nothing() -> None:
    done: list[int] = []

    async def act(number: int) -> None:
        if number == 1:
            raise ZeroDivisionError
        done.append(number)

    await apart("test", [0, 1, 2], act)
    assert done == [0, 2]


async def test_d24_a_database_that_is_away_is_everybodys_and_is_said() -> None:
    async def act(_number: int) -> None:
        raise ConnectionRefusedError

    with pytest.raises(ConnectionRefusedError):
        await apart("test", [0, 1], act)
