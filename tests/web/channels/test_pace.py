"""The pages of a Channel's pace and of the Company's hours: what is chosen holds, what may not be is refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from esquadrao.channels.models import Channel, ChannelState
from esquadrao.channels.pace import Preset
from esquadrao.clock import now
from esquadrao.companies.models import Company, Role, User
from tests.browsing import Browser, Page
from tests.conftest import Cast

OLD = "2020-03-15"


@pytest.fixture
async def channel(sqlite_cast: Cast) -> Channel:
    made = Channel(
        company_id=sqlite_cast.alfa.id,
        name="Vendas 1",
        state=ChannelState.CONNECTED,
        state_since=now() - timedelta(days=2),
        in_use_since=now() - timedelta(days=5),
        next_send_at=now() + timedelta(hours=9),
        gap_min=0,
        gap_max=0,
        spent_day="2999-01-01",
        sent_today=50,
        cold_today=2,
    )
    await made.save()
    return made


def typed(preset: str, **more: str) -> dict[str, str]:
    return {"preset": preset, "risks": "shown", **more}


async def test_the_page_says_what_is_sent_and_what_decides(ana: Browser, channel: Channel) -> None:
    text = (await ana.read(f"/channels/{channel.id}")).words()
    assert "Seguro · um envio a cada 25 a 60 s" in text
    assert "50 de 50" in text
    assert "2 de 5" in text
    assert "número em aquecimento" in text
    assert "Por que está esperando?" in text
    assert "Vendas 1: O número está em aquecimento, e o limite de hoje já foi usado: 50" in text


async def test_the_quota_of_new_chats_is_shown_until_its_next_cycle(
    ana: Browser, channel: Channel
) -> None:
    said = "perto do limite do WhatsApp, até 03/03/2099"
    own = Channel.of(channel.company_id).filter(id=channel.id)
    await own.update(quota_until=datetime(2099, 3, 3, 12, tzinfo=UTC))
    assert said in (await ana.read(f"/channels/{channel.id}")).words()
    await own.update(quota_until=now() - timedelta(seconds=1))
    assert "perto do limite" not in (await ana.read(f"/channels/{channel.id}")).words()


async def test_an_owner_states_the_age_and_takes_the_risk(ana: Browser, channel: Channel) -> None:
    path = f"/channels/{channel.id}/pace"
    wish = typed("moderate", in_use_since=OLD, is_cold_raised="yes")
    refused = await ana.submit(path, wish)
    assert refused.status_code == 422
    assert Page(refused.text).one("#accepts_risk-error").text(strip=True).startswith("Para ir além")
    await channel.refresh_from_db()
    assert (channel.preset, channel.cold_raised_at) == (Preset.SAFE, None)

    answer = await ana.submit(path, wish | {"accepts_risk": "yes"})
    assert answer.headers["location"] == f"/channels/{channel.id}"
    await channel.refresh_from_db()
    assert channel.preset is Preset.MODERATE
    assert channel.cold_raised_at is not None
    assert channel.in_use_since is not None
    assert channel.in_use_since.date().isoformat() == OLD
    assert channel.next_send_at <= now()  # dispatch looks again
    text = (await ana.read(f"/channels/{channel.id}")).words()
    assert "Moderado · um envio a cada 10 a 25 s" in text
    assert "2 de 400" in text


async def test_a_new_number_takes_no_quick_pace(ana: Browser, channel: Channel) -> None:
    answer = await ana.submit(f"/channels/{channel.id}/pace", typed("moderate"))
    assert answer.status_code == 422
    assert "em uso há mais de 30 dias" in answer.text
    await channel.refresh_from_db()
    assert channel.preset is Preset.SAFE


@pytest.mark.parametrize("day", ["2999-01-01", "1990-01-01", "ontem"])
async def test_a_day_that_cannot_be_is_refused(day: str, ana: Browser, channel: Channel) -> None:
    wish = typed("safe", in_use_since=day, accepts_risk="yes")
    answer = await ana.submit(f"/channels/{channel.id}/pace", wish)
    assert answer.status_code == 422
    Page(answer.text).one("#in_use_since-error")


async def test_an_admin_chooses_a_pace_but_takes_no_risk(
    ana: Browser, sqlite_cast: Cast, channel: Channel
) -> None:
    await User.of(sqlite_cast.alfa).filter(id=sqlite_cast.ana.id).update(role=Role.ADMIN)
    path = f"/channels/{channel.id}/pace"
    assert "in_use_since" not in (await ana.get(path)).text
    wish = typed("safe", in_use_since=OLD, accepts_risk="yes")
    assert (await ana.submit(path, wish)).status_code == 403
    assert (await ana.submit(path, {"preset": "conversations"})).status_code == 303
    await channel.refresh_from_db()
    assert channel.preset is Preset.CONVERSATIONS


def week(**more: str) -> dict[str, str]:
    days: dict[str, Any] = {}
    for day in range(5):
        days |= {f"from{day}": "09:00", f"until{day}": "18:30"}
    return {**days, "zone": "America/Manaus", **more}


async def test_hours_are_chosen_by_day_with_holidays(
    ana: Browser, sqlite_cast: Cast, channel: Channel
) -> None:
    more = {"state": "AM", "has_optional": "yes", "own": "24/10\n05/09/2027"}
    answer = await ana.submit("/sending-hours", week(**more))
    assert answer.headers["location"] == "/channels"
    alfa = await Company.of(sqlite_cast.alfa).get()
    assert alfa.sending_week == " ".join(["0900-1830"] * 5 + ["-", "-"])
    assert (alfa.timezone, alfa.holiday_state) == ("America/Manaus", "AM")
    assert (alfa.has_optional_holidays, alfa.own_holidays) == (True, "10-24 2027-09-05")
    assert alfa.hours_set_by == sqlite_cast.ana.id
    await channel.refresh_from_db()
    assert channel.next_send_at <= now()
    page = await ana.read("/sending-hours")
    assert page.one("#from0").attributes["value"] == "09:00"
    assert page.one("#own").text(strip=True) == "24/10\n05/09/2027"


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"from0": "06:59"}, "from0"),
        ({"until1": "22:01"}, "from1"),
        ({"from2": "19:00"}, "from2"),
        ({"from3": ""}, "from3"),
        ({"zone": "Europe/Lisbon"}, "zone"),
        ({"state": "XX"}, "state"),
        ({"own": "31/02"}, "own"),
        ({"own": "natal"}, "own"),
    ],
)
async def test_hours_that_cannot_be_are_refused(
    more: dict[str, str], field: str, ana: Browser, sqlite_cast: Cast
) -> None:
    answer = await ana.submit("/sending-hours", week(**more))
    assert answer.status_code == 422
    Page(answer.text).one(f"#{field}-error")
    assert (await Company.of(sqlite_cast.alfa).get()).sending_week == ""


async def test_a_week_without_a_day_is_refused(ana: Browser, sqlite_cast: Cast) -> None:
    answer = await ana.submit("/sending-hours", {"zone": "America/Sao_Paulo"})
    assert answer.status_code == 422
    assert "Escolha ao menos um dia" in answer.text


async def test_an_agent_changes_neither(bruno: Browser, channel: Channel) -> None:
    for path in (f"/channels/{channel.id}/pace", "/sending-hours"):
        assert (await bruno.get(path)).status_code == 403
        assert (await bruno.submit(path, week(preset="safe"))).status_code == 403
