from __future__ import annotations

from datetime import timedelta
from typing import Any

import orjson
import pytest
import redis

from esquadrao.channels import pair, pairing_codes
from esquadrao.channels.models import Channel, ChannelState
from esquadrao.clock import now
from esquadrao.companies.models import Company
from esquadrao.errors import Conflict
from esquadrao.gateways import bridge
from esquadrao.settings import settings
from tests.browsing import Browser
from tests.conftest import Cast
from tests.drain import receive
from tests.fake_bridge import FakeBridge
from tests.web.channels.test_channels import make

CODE = "ZQBC1234"


async def say_code(fake: FakeBridge, channel: Channel, code: str = CODE) -> None:
    of = {"company": str(channel.company_id), "channel": str(channel.id)}
    expires_at = (now() + timedelta(minutes=2)).isoformat()
    fake.emit([fake.event(of, "session.pair_code", code=code, expires_at=expires_at)])
    await receive()


async def test_a_code_is_asked_for_shown_in_halves_and_kept_nowhere(
    ana: Browser, sqlite_cast: Cast, fake: FakeBridge, clean_redis: redis.Redis
) -> None:
    channel = await make(sqlite_cast, state=ChannelState.QR)
    here = f"/channels/{channel.id}/pairing"
    answer = await ana.submit(f"{here}-code", {"phone": "(11) 98765-4321"})
    assert answer.headers["location"] == here
    entries: Any = clean_redis.xrange(bridge.commands_of(channel.id))
    ((_, entry),) = entries
    command = orjson.loads(entry[b"body"])
    assert (command["type"], command["data"]) == ("session.pair_code", {"phone": "+5511987654321"})
    await say_code(fake, channel)
    clean_redis.delete(bridge.EVENTS)
    shown = await ana.get(here)
    assert shown.headers["cache-control"] == "no-store"
    assert "ZQBC-1234" in shown.text
    for key in clean_redis.scan_iter("esquadrao:code:*"):
        assert CODE.encode() not in clean_redis.get(key)  # type: ignore[operator]
        assert clean_redis.ttl(key) > 0


async def test_asking_again_voids_the_code_before(
    ana: Browser, sqlite_cast: Cast, fake: FakeBridge
) -> None:
    channel = await make(sqlite_cast, state=ChannelState.QR)
    await say_code(fake, channel)
    assert "ZQBC-1234" in (await ana.get(f"/channels/{channel.id}/pairing")).text
    await ana.submit(f"/channels/{channel.id}/pairing-code", {"phone": "(11) 98765-4321"})
    assert "ZQBC" not in (await ana.get(f"/channels/{channel.id}/pairing")).text


async def test_who_may_not_pair_sees_no_code_and_asks_for_none(
    bruno: Browser, sqlite_cast: Cast, fake: FakeBridge
) -> None:
    channel = await make(sqlite_cast, state=ChannelState.QR)
    await say_code(fake, channel)
    assert await pairing_codes.code_of(channel.company_id, channel.id) is not None
    for answer in (
        await bruno.get(f"/channels/{channel.id}/pairing"),
        await bruno.submit(f"/channels/{channel.id}/pairing-code", {"phone": "11987654321"}),
    ):
        assert answer.status_code == 403
        assert "ZQBC" not in answer.text


async def test_what_is_no_phone_comes_back_with_its_reason(ana: Browser, sqlite_cast: Cast) -> None:
    channel = await make(sqlite_cast, state=ChannelState.QR)
    answer = await ana.submit(f"/channels/{channel.id}/pairing-code", {"phone": "123"})
    assert answer.status_code == 422
    assert "Faltam dígitos" in answer.text


@pytest.mark.parametrize("whatsapp", ["fake", "real"])
async def test_a_demo_company_never_meets_the_real_whatsapp(
    whatsapp: str,
    ana: Browser,
    sqlite_cast: Cast,
    clean_redis: redis.Redis,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    channel = await make(sqlite_cast, state=ChannelState.STOPPED)
    await Company.of(sqlite_cast.alfa).update(is_demo=True)
    company = await Company.one(sqlite_cast.alfa, sqlite_cast.alfa.id)
    monkeypatch.setenv("WHATSAPP", whatsapp)
    settings.cache_clear()
    if whatsapp == "fake":
        await pair.start(company, sqlite_cast.ana, channel.id)
        assert clean_redis.xlen(bridge.WISHES) == 1
        return
    with pytest.raises(Conflict):
        await pair.start(company, sqlite_cast.ana, channel.id)
    with pytest.raises(Conflict):
        await pair.ask_code(company, sqlite_cast.ana, channel.id, phone="+5511987654321")
    assert clean_redis.xlen(bridge.WISHES) == 0
    assert "empresa de demonstração" in (await ana.get(f"/channels/{channel.id}/pairing")).text


async def test_a_notice_stands_on_every_page_until_somebody_saw_it(
    ana: Browser, bruno: Browser, sqlite_cast: Cast, fake: FakeBridge
) -> None:
    channel = await make(sqlite_cast, state=ChannelState.CONNECTED)
    of = {"company": str(channel.company_id), "channel": str(channel.id)}
    said = {"state": "banned", "reason": "banned", "me": None, "version": 0}
    fake.emit([fake.event(of, "session.state", **said)])
    await receive()
    button = "/notices/"
    for path in ("/", "/contacts", "/campaigns"):
        assert button in (await ana.get(path)).text
    assert button not in (await bruno.get("/contacts")).text
    action = (await ana.read("/contacts")).one('form[action^="/notices/"]').attributes["action"]
    await ana.submit(str(action))
    assert button not in (await ana.get("/contacts")).text
