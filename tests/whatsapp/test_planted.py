"""What must stay secret is planted in a real run, faults included, and sought wherever it could come to lie."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from http import HTTPStatus

import httpx2
import pytest

from esquadrao.campaigns.lifecycle import CampaignState
from esquadrao.campaigns.models import Campaign
from esquadrao.channels import pair
from esquadrao.channels.models import Channel
from esquadrao.commands.development import SECRETS
from esquadrao.companies import sessions
from esquadrao.contacts.models import Contact
from esquadrao.database import connection
from esquadrao.jobs import VerifyCampaigns
from esquadrao.messages.models import Direction, Message
from esquadrao.unit_of_work import unit_of_work
from tests.browsing import browser
from tests.whatsapp.alfa import Alfa, Line, alfa_over, digits
from tests.whatsapp.phones import Phones
from tests.whatsapp.planted import (
    Planted,
    found_in,
    is_wire,
    of_credentials,
    of_qr,
    of_text,
    redis_keys,
)
from tests.whatsapp.sentry_server import SentryServer, sentry_server
from web.auth import cookie_name
from web.pages.channel_pairing import drawing

BODY_OUT = "Amora Quixabeira 7391: o pedido saiu"
BODY_IN = "Jenipapo Umbuzeiro 4826, pode ser às oito?"
LOST_IN = "Mangaba Cajarana 5107, alguém aí?"  # comes while the database is broken
FEWEST_KEYS = 10  # of a Channel's credentials, in two forms each
OUR_KEYS = {name: f"planted-{name.lower()}-".ljust(44, "q") for name in SECRETS}

KEYS = ("credentials", *OUR_KEYS)


@dataclass(frozen=True)
class Run:
    alfa: Alfa
    sentry: SentryServer
    waiting: Channel  # shows a QR and a code
    planted: Planted  # secrets and words
    phones: Planted


@pytest.fixture(scope="module")
async def run(phones: Phones) -> AsyncIterator[Run]:
    with sentry_server() as sentry:
        told = {"SENTRY_DSN": sentry.dsn, "LOG_LEVEL": "debug", **OUR_KEYS}
        async with alfa_over(phones, **told) as alfa:
            yield await happened(alfa, sentry)


async def happened(alfa: Alfa, sentry: SentryServer) -> Run:
    """A pairing, a Campaign, an answer, a refusal, a broken database under page and worker, a second pairing begun."""
    channel = await pair.create(alfa.company, alfa.cast.ana, name="Linha")
    await pair.start(alfa.company, alfa.cast.ana, channel.id)
    await alfa.until("a QR", lambda: pair.current_qr(alfa.company, channel.id))
    scanned = await pair.current_qr(alfa.company, channel.id)
    assert scanned is not None
    line = Line(channel, "5511960999001", 90)
    await alfa.scan(channel, line.account)
    people = await alfa.people(line, 2)
    alfa.phones.refuse_messages({"phone": digits(people[1]), "then": "error", "error": "400"})
    campaign = await alfa.launch(line, people, body=BODY_OUT)
    await alfa.until("the end", lambda: is_over(alfa, campaign))
    alfa.phones.write(BODY_IN, to=line.account, sender=digits(people[0]))
    await alfa.until("the answer", lambda: is_kept(alfa, BODY_IN))
    await break_the_database(alfa, sentry, line, sender=people[0])

    waiting = await pair.create(alfa.company, alfa.cast.ana, name="Espera")
    await pair.start(alfa.company, alfa.cast.ana, waiting.id)
    await alfa.until("a QR", lambda: pair.current_qr(alfa.company, waiting.id))
    await pair.ask_code(alfa.company, alfa.cast.ana, waiting.id, phone="+5511960999002")
    await alfa.until("a code", lambda: pair.current_code(alfa.company, waiting.id))
    shown, code = (
        await pair.current_qr(alfa.company, waiting.id),
        await pair.current_code(alfa.company, waiting.id),
    )
    assert shown is not None
    assert code is not None
    store = alfa.here.folder / "bridge.sqlite3"
    planted = {
        "QR": [*of_qr(scanned.text), *of_qr(shown.text)],
        "pairing code": [code.text.encode(), "-".join(code.halves).encode()],
        "credentials": of_credentials(store, OUR_KEYS["BRIDGE_KEYS"], channel.id),
        "body out": of_text(BODY_OUT),
        "body in": [*of_text(BODY_IN), *of_text(LOST_IN)],
        **{name: [value.encode()] for name, value in OUR_KEYS.items()},
    }
    numbers = [line.account, "5511960999002", *map(digits, people)]
    return Run(alfa, sentry, waiting, planted, {one: [one.encode()] for one in numbers})


async def break_the_database(
    alfa: Alfa, sentry: SentryServer, line: Line, *, sender: Contact
) -> None:
    """Page and worker fail in the middle of somebody's words, and tell Sentry."""
    await connection().execute_script("ALTER TABLE campaign RENAME TO campaign_away")
    try:
        alfa.phones.write(LOST_IN, to=line.account, sender=digits(sender))
        async with unit_of_work() as work:
            work.enqueue(VerifyCampaigns())
        await alfa.until("the worker's fault", lambda: tells(sentry, "worker"))
        assert await status_of(alfa, f"/contacts/{sender.id}") == HTTPStatus.INTERNAL_SERVER_ERROR
        await alfa.until("the page's fault", lambda: tells(sentry, "web"))
    finally:
        await connection().execute_script("ALTER TABLE campaign_away RENAME TO campaign")
    await alfa.until("the message all the same", lambda: is_kept(alfa, LOST_IN))


async def tells(sentry: SentryServer, process: str) -> bool:
    return sentry.heard_of("no such table", f'"process":"{process}"')


async def status_of(alfa: Alfa, path: str) -> int:
    """Of the web process itself."""
    token = await sessions.open_session(alfa.cast.ana, device="test")
    async with httpx2.AsyncClient(cookies={cookie_name(): token}) as client:
        return (await client.get(alfa.here.url + path)).status_code


async def is_over(alfa: Alfa, campaign: Campaign) -> bool:
    return (await Campaign.one(alfa.company, campaign.id)).state == CampaignState.FINISHED


async def is_kept(alfa: Alfa, body: str) -> bool:
    theirs = Message.of(alfa.company).filter(direction=Direction.IN, body=body)
    return await theirs.exists()


def history(run: Run) -> bytes:
    """Every command Redis was ever given: entries of the wire are gone once they are applied."""
    files = (run.alfa.here.folder / "redis").rglob("*.aof")
    return b"".join(one.read_bytes() for one in files)


def test_what_was_planted_did_pass_by(run: Run) -> None:
    """Else nothing below would mean anything."""
    assert {"QR", "pairing code", "body out", "body in"} <= set(found_in(history(run), run.planted))
    assert len(list(run.planted["credentials"])) >= FEWEST_KEYS
    held = redis_keys(run.alfa.here.redis_url)
    assert any(key.startswith("esquadrao:qr:") for key in held)
    assert any(map(is_wire, held))
    for name in ("bridge", "worker", "web"):
        assert (run.alfa.here.folder / f"{name}.log").read_bytes()


def test_no_log_holds_a_secret_somebodys_words_or_a_whole_phone(run: Run) -> None:
    for path in run.alfa.here.folder.glob("*.log"):
        text = path.read_bytes()
        assert found_in(text, run.planted) == [], path.name
        assert found_in(text, run.phones) == [], path.name


def test_redis_beyond_the_signed_wire_holds_none_of_it(run: Run) -> None:
    for key, text in redis_keys(run.alfa.here.redis_url).items():
        if not is_wire(key):
            assert found_in(text, run.planted) == [], key


def test_no_key_ever_passed_through_redis(run: Run) -> None:
    qr = b" ".join(run.planted["QR"])  # it holds the public half of some
    keys = {name: [one for one in run.planted[name] if one not in qr] for name in KEYS}
    assert len(keys["credentials"]) >= FEWEST_KEYS
    assert found_in(history(run), keys) == []


def test_no_row_of_the_bridges_database_holds_it_in_clear(run: Run) -> None:
    for path in run.alfa.here.folder.glob("bridge.sqlite3*"):
        assert found_in(path.read_bytes(), run.planted) == [], path.name


def test_sentry_is_told_of_faults_and_of_nothing_else(run: Run) -> None:
    for envelope in run.sentry.envelopes:
        assert found_in(envelope, run.planted) == []
        assert found_in(envelope, run.phones) == []


async def test_who_may_not_pair_sees_neither_qr_nor_code(run: Run) -> None:
    alfa, here = run.alfa, f"/channels/{run.waiting.id}"
    qr = await pair.current_qr(alfa.company, run.waiting.id)
    code = await pair.current_code(alfa.company, run.waiting.id)
    assert qr is not None
    assert code is not None
    secret = {
        **run.planted,
        "picture": [str(drawing(qr)).encode()],
        "half": [code.halves[0].encode()],
    }
    async with browser() as ana, browser() as bruno:
        await ana.sign_in_as(alfa.cast.ana)
        shown = (await ana.get(f"{here}/pairing")).content
        assert {"picture", "half"} <= set(found_in(shown, secret))
        await bruno.sign_in_as(alfa.cast.bruno)
        for path in (f"{here}/pairing", here, f"{here}/card", "/channels", "/"):
            assert found_in((await bruno.get(path)).content, secret) == [], path
        assert (await bruno.get(f"{here}/pairing")).status_code == HTTPStatus.FORBIDDEN
