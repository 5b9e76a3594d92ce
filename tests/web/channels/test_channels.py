from __future__ import annotations

from datetime import timedelta
from xml.etree import ElementTree as ET

import pytest

from esquadrao.channels import pairing_codes, wording
from esquadrao.channels.models import Channel, ChannelState, Wish
from esquadrao.channels.pairing_codes import Qr
from esquadrao.clock import now
from tests.browsing import Browser, Page
from tests.conftest import Cast
from web.pages.channel_pairing import drawing

QR_TEXT = "2@zqb-pairing-keys,and-more-of-them,as-whatsapp-sends=="


async def make(cast: Cast, **changes: object) -> Channel:
    row = {
        "name": "Vendas 1",
        "state_since": now(),
        "next_send_at": now(),
        "gap_min": 0,
        "gap_max": 1,
    }
    channel = Channel(company_id=cast.alfa.id, **(row | changes))
    await channel.save()
    return channel


async def show_qr(channel: Channel) -> None:
    expires_at = (now() + timedelta(seconds=50)).isoformat()
    said = {"text": QR_TEXT, "expires_at": expires_at, "attempt": 1}
    assert await pairing_codes.keep_qr(channel.company_id, channel.id, said)


async def test_a_new_channel_leads_to_its_code(ana: Browser, sqlite_cast: Cast) -> None:
    answer = await ana.submit("/channels", {"name": "  Vendas   1 "})
    channel = await Channel.of(sqlite_cast.alfa).get()
    assert answer.headers["location"] == f"/channels/{channel.id}/pairing"
    assert (channel.name, channel.wish) == ("Vendas 1", Wish.START)
    assert "O código está a caminho" not in (await ana.get("/channels")).text


@pytest.mark.parametrize("name", ["", "   ", "x" * 81])
async def test_a_name_that_cannot_be_comes_back_with_its_reason(
    name: str, ana: Browser, sqlite_cast: Cast
) -> None:
    answer = await ana.submit("/channels", {"name": name})
    page = Page(answer.text)
    assert answer.status_code == 422
    assert page.one("#name").attributes["aria-invalid"] == "true"
    assert page.one("#name-error").text(strip=True).startswith("Dê um nome de 1 a 80 letras")
    assert page.one("#name").attributes["value"] == name.strip()
    assert await Channel.of(sqlite_cast.alfa).count() == 0


@pytest.mark.parametrize("state", ChannelState)
async def test_every_state_is_said_in_words(
    state: ChannelState, ana: Browser, sqlite_cast: Cast
) -> None:
    channel = await make(sqlite_cast, state=state)
    for path in ("/channels", f"/channels/{channel.id}", f"/channels/{channel.id}/pairing", "/"):
        text = (await ana.read(path)).words()
        if path.startswith("/channels") and "pairing" not in path:
            assert wording.STATES[state].label in text
        assert f"ChannelState.{state.name}" not in text


async def test_the_code_is_drawn_and_never_kept(ana: Browser, sqlite_cast: Cast) -> None:
    channel = await make(sqlite_cast, state=ChannelState.QR)
    await show_qr(channel)
    answer = await ana.get(f"/channels/{channel.id}/pairing")
    page = Page(answer.text)
    assert answer.headers["cache-control"] == "no-store"
    page.one("svg.qr")
    assert 45 <= int(page.one("[data-countdown]").attributes["data-countdown"] or 0) <= 50
    assert "Simular leitura" in answer.text
    assert "zqb-pairing-keys" not in answer.text


def test_a_code_is_dark_on_light_with_room_around_it() -> None:
    root = ET.fromstring(drawing(Qr(QR_TEXT, now(), 1)))  # noqa: S314  # our own drawing
    width = float(str(root.attrib["viewBox"]).split()[2])
    ground, modules = list(root)
    assert ground.attrib["fill"] == "#fff"
    assert modules.attrib["stroke"] == "#000"
    start = modules.attrib["d"].split("h", 1)[0].removeprefix("M").split(" ")[0]
    assert float(start) == 4.0  # the quiet zone, in modules
    assert "style" not in root.attrib
    assert width > 0


async def test_the_fragment_of_a_page_is_its_inside_alone(ana: Browser, sqlite_cast: Cast) -> None:
    channel = await make(sqlite_cast, state=ChannelState.CONNECTED, phone="+5511987650001")
    for path in (f"/channels/{channel.id}/pairing", f"/channels/{channel.id}", "/"):
        answer = await ana.fragment(path)
        assert answer.status_code == 200
        assert "<html" not in answer.text
        assert "data-live" not in answer.text  # the wrapper is never replaced
        assert "HX-Request" in answer.headers["vary"]
    assert "Conectada" in (await ana.fragment(f"/channels/{channel.id}/pairing")).text


async def test_an_agent_sees_channels_and_touches_none(bruno: Browser, sqlite_cast: Cast) -> None:
    channel = await make(sqlite_cast)
    page = await bruno.read("/channels")
    assert "Vendas 1" in page.words()
    assert page.css("main form") == []
    assert (await bruno.get(f"/channels/{channel.id}")).status_code == 200
    for path in (
        "/channels/new",
        f"/channels/{channel.id}/pairing",
        f"/channels/{channel.id}/log-out",
    ):
        assert (await bruno.get(path)).status_code == 403
    for verb in ("start", "stop", "log-out", "removal", "pairing", "simulated-scan"):
        assert (await bruno.submit(f"/channels/{channel.id}/{verb}")).status_code == 403
    refused = await bruno.submit("/channels", {"name": "x"})
    assert refused.status_code == 403
    assert "Quem pode: Proprietário, Administrador." in refused.text
    await channel.refresh_from_db()
    assert channel.wish == Wish.NONE


async def test_carla_finds_nothing_of_alfa(carla: Browser, sqlite_cast: Cast) -> None:
    channel = await make(sqlite_cast, state=ChannelState.QR)
    await show_qr(channel)
    assert "Vendas 1" not in (await carla.get("/channels")).text
    for path in ("", "/card", "/pairing", "/log-out", "/removal"):
        assert (await carla.get(f"/channels/{channel.id}{path}")).status_code == 404
    for verb in ("start", "stop", "log-out", "removal", "pairing", "simulated-scan"):
        assert (await carla.submit(f"/channels/{channel.id}/{verb}")).status_code == 404
    await channel.refresh_from_db()
    assert (channel.wish, channel.removed_at) == (Wish.NONE, None)


async def test_ana_stops_logs_out_and_removes(ana: Browser, sqlite_cast: Cast) -> None:
    channel = await make(sqlite_cast, state=ChannelState.CONNECTED, phone="+5511987650001")
    for verb, wish in (("stop", Wish.STOP), ("start", Wish.START), ("log-out", Wish.LOGOUT)):
        answer = await ana.submit(f"/channels/{channel.id}/{verb}")
        assert answer.headers["location"] == f"/channels/{channel.id}"
        await channel.refresh_from_db()
        assert channel.wish == wish
    answer = await ana.submit(f"/channels/{channel.id}/removal", htmx=True)
    assert (answer.status_code, answer.headers["hx-redirect"]) == (204, "/channels")
    assert "Vendas 1 foi excluída." in (await ana.get("/channels")).text
    assert "Vendas 1" not in (await ana.get("/channels")).text
    assert (await ana.get(f"/channels/{channel.id}")).status_code == 404
