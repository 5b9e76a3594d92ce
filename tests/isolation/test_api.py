from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping
from typing import Any
from uuid import uuid4

import orjson
import pytest
import websockets

from esquadrao.companies import tokens
from esquadrao.companies.keys import lookup_hash
from esquadrao.companies.models import Directory, DirectoryKind, User
from esquadrao.companies.passwords import hash_password
from esquadrao_graphql import ids
from esquadrao_graphql.ids import Kind
from tests.api import Program, program, serving
from tests.isolation.conftest import Worlds
from tests.isolation.fields import (
    ASKS,
    CURSORS,
    EVERY,
    KEY,
    KINDS,
    ROOTS,
    WORDS,
    Ask,
    arguments,
    document,
    fields_of,
)
from tests.isolation.pages import Ref
from tests.isolation.test_pages import NO_NUMBER, NOBODY, rows_with
from tests.isolation.world import World, rows_of

PASSWORD = "barco verde na chuva 7"
PASSING = re.compile(r'"requestId": ?"[^"]*"|[0-9a-f]{16,32}')
ASKED = [name for name in ASKS if not name.startswith("Subscription.")]
PLACES = [
    (name, path)
    for name, ask in ASKS.items()
    for path, value in [
        *ask.given.items(),
        *(
            (f"{key}.{inner}", value)
            for key, nested in ask.given.items()
            if isinstance(nested, dict)
            for inner, value in nested.items()
        ),
    ]
    if isinstance(value, Ref | list)
]
TRIES = [
    (name, path, kind)
    for name, path in PLACES
    for kind in (EVERY if ASKS[name].every == path else (None,))
]


@pytest.fixture
async def ana(worlds: Worlds) -> AsyncIterator[Program]:
    async with program() as made:
        yield await made.call_as(worlds.cast.ana)


@pytest.fixture
async def carla(worlds: Worlds) -> AsyncIterator[Program]:
    """She has a password too: the door itself takes a Company's id."""
    user = worlds.cast.carla
    await (
        User.of(user.company_id)
        .filter(id=user.id)
        .update(password_hash=await hash_password(PASSWORD))
    )
    await Directory.create(
        kind=DirectoryKind.EMAIL,
        key_hash=lookup_hash("email", user.email),
        company_id=user.company_id,
        subject_id=user.id,
    )
    async with program() as made:
        yield await made.call_as(user)


def id_of(world: World, kind: str) -> str:
    row_id = {"company": world.company.id, "user": world.owner.id, **world.ids}[kind]
    if isinstance(row_id, int):
        return str(ids.signed(Kind.DELIVERY, row_id, company_id=world.company.id))
    return str(ids.opaque(KINDS[kind], row_id))


def unknown(world: World, kind: str) -> str:
    if KINDS[kind] is Kind.DELIVERY:
        return str(ids.signed(Kind.DELIVERY, NO_NUMBER, company_id=world.company.id))
    return str(ids.opaque(KINDS[kind], NOBODY))


def filled(ask: Ask, world: World, *, path: str = "", value: str = "") -> dict[str, Any]:
    """The variables of an Ask with the World's own ids, but `value` at `path`."""

    def fill(one: object, here: str) -> object:
        if isinstance(one, dict):
            return {key: fill(inner, f"{here}.{key}".strip(".")) for key, inner in one.items()}
        if isinstance(one, list):
            return [fill(inner, here) for inner in one]
        if isinstance(one, Ref):
            return value if here == path else id_of(world, one.kind)
        return {KEY: str(uuid4()), "-": PASSWORD}.get(str(one), one)

    return {key: fill(one, key) for key, one in ask.given.items()}


def kind_at(ask: Ask, path: str) -> str:
    found: Any = ask.given
    for part in path.split("."):
        found = found[part]
    ref = found[0] if isinstance(found, list) else found
    assert isinstance(ref, Ref)
    return ref.kind


def seen(body: object, *mask: str) -> str:
    text = orjson.dumps(body).decode()
    for one in mask:
        text = text.replace(one, "ID")
    return PASSING.sub("", text)


def holds(body: object, world: World) -> bool:
    return world.canary.lower() in orjson.dumps(body).decode().lower()


def worked(body: Mapping[str, Any]) -> bool:
    """No error, nothing missing, no member of a union that says no."""
    if "errors" in body or body.get("data") is None:
        return False
    found = next(iter(body["data"].values()))
    first = found[0] if isinstance(found, list) and found else found
    refusals = {"NotFound", "Forbidden", "ValidationError", "LimitReached"}
    return bool(first) and (not isinstance(first, dict) or first["__typename"] not in refusals)


def test_every_field_of_the_api_is_tried_by_a_stranger() -> None:
    assert sorted(one for root in ROOTS for one in fields_of(root)) == sorted(ASKS), (
        "add it to fields.py"
    )


def test_every_argument_that_may_name_a_row_is_tried() -> None:
    tried = {f"{name}.{path}" for name, path in PLACES} | WORDS
    tried |= {f"{name}.{one}" for name in CURSORS for one in ("after", "before")}
    assert {path for path, _ in arguments()} == tried, "add it to fields.py"


@pytest.mark.parametrize("name", ASKED)
async def test_a_field_tells_of_its_own_company_alone(
    name: str, worlds: Worlds, ana: Program, carla: Program
) -> None:
    before = await rows_of(worlds.alfa.company)
    hers = await carla.ask(document(name), **filled(ASKS[name], worlds.beta))
    assert worked(hers), hers
    assert not holds(hers, worlds.alfa)
    assert holds(hers, worlds.beta)
    assert await rows_of(worlds.alfa.company) == before
    if name != "Mutation.signIn":
        own = await ana.ask(document(name), **filled(ASKS[name], worlds.alfa))
        assert worked(own), own
        assert holds(own, worlds.alfa)
        assert not holds(own, worlds.beta)


@pytest.mark.parametrize(
    "place", [one for one in TRIES if one[0] in ASKED], ids=lambda one: "-".join(map(str, one))
)
async def test_an_id_of_another_company_answers_like_one_that_never_was(
    place: tuple[str, str, str | None], worlds: Worlds, ana: Program, carla: Program
) -> None:
    name, path, every = place
    ask = ASKS[name]
    kind = every or kind_at(ask, path)
    theirs, nobody = id_of(worlds.alfa, kind), unknown(worlds.beta, kind)
    before = await rows_of(worlds.alfa.company)
    foreign = await carla.ask(document(name), **filled(ask, worlds.beta, path=path, value=theirs))
    random = await carla.ask(document(name), **filled(ask, worlds.beta, path=path, value=nobody))
    assert seen(foreign, theirs) == seen(random, nobody)
    assert not worked(foreign)
    assert not holds(foreign, worlds.alfa)
    assert await rows_of(worlds.alfa.company) == before
    assert await rows_with(worlds.beta, worlds.alfa.ids) == []
    if name != "Mutation.signIn":
        own = await ana.ask(document(name), **filled(ask, worlds.alfa, path=path, value=theirs))
        assert worked(own), f"the door works for Ana: {own}"


@pytest.mark.parametrize("name", CURSORS)
@pytest.mark.parametrize(
    ("way", "size", "end"), [("after", "first", "endCursor"), ("before", "last", "startCursor")]
)
async def test_a_cursor_of_another_company_is_no_cursor(
    name: str, worlds: Worlds, ana: Program, carla: Program, *, way: str, size: str, end: str
) -> None:
    nodes = "pageInfo { startCursor endCursor } edges { node { __typename } }"
    here = CURSORS[name].format(f"{size}: 50, {way}", nodes)
    nested = "$id" in here
    query = f"query Try($cursor: String{', $id: ID!' if nested else ''}) {{ {here} }}"

    async def ask(who: Program, world: World, cursor: str | None) -> dict[str, Any]:
        own = {"id": id_of(world, "campaign")} if nested else {}
        return await who.ask(query, cursor=cursor, **own)

    first = await ask(ana, worlds.alfa, None)
    cursor = re.findall(rf'"{end}":"([^"]+)"', orjson.dumps(first).decode())[0]
    assert "errors" not in await ask(ana, worlds.alfa, cursor)
    foreign = await ask(carla, worlds.beta, cursor)
    assert seen(foreign) == seen(await ask(carla, worlds.beta, "AAAAAAAAAAAAAAAAAAAAAAAA"))
    assert "errors" in foreign


async def test_a_search_for_the_others_words_finds_nothing(
    worlds: Worlds, ana: Program, carla: Program
) -> None:
    query = "query Try($search: String) { contacts(search: $search) { totalCount nodes { name } } }"
    for words in (worlds.alfa.canary, worlds.alfa.text):
        assert (await ana.ask(query, search=words))["data"]["contacts"]["totalCount"] > 0
        found = (await carla.ask(query, search=words))["data"]["contacts"]
        assert found == {"totalCount": 0, "nodes": []}


@pytest.mark.parametrize("name", [one for one in ASKED if one != "Mutation.signIn"])
async def test_without_a_token_nothing_is_told(name: str, worlds: Worlds) -> None:
    async with program() as stranger:
        answer = await stranger.send_query(document(name), filled(ASKS[name], worlds.alfa))
    assert answer.status_code == 401
    assert not holds(answer.text, worlds.alfa)


async def first_word(address: str, user: User, query: str, variables: dict[str, Any]) -> Any:
    """What a subscription says first."""
    token = (await tokens.issue(user)).token
    async with websockets.connect(
        f"ws://{address}/graphql", subprotocols=[websockets.Subprotocol("graphql-transport-ws")]
    ) as socket:
        await socket.send(
            orjson.dumps({"type": "connection_init", "payload": {"accessToken": token}}).decode()
        )
        assert orjson.loads(await socket.recv())["type"] == "connection_ack"
        payload = {"query": query, "variables": variables}
        await socket.send(
            orjson.dumps({"id": "1", "type": "subscribe", "payload": payload}).decode()
        )
        return orjson.loads(await socket.recv())


@pytest.mark.parametrize("name", [one for one in ASKS if one.startswith("Subscription.")])
async def test_a_subscription_to_another_company_answers_like_one_that_never_was(
    name: str, worlds: Worlds
) -> None:
    ask, query = ASKS[name], document(name)
    ((_, path),) = [one for one in PLACES if one[0] == name]
    kind = kind_at(ask, path)
    theirs, nobody = id_of(worlds.alfa, kind), unknown(worlds.beta, kind)
    async with serving() as address:
        answers = [
            await first_word(address, user, query, filled(ask, world, path=path, value=value))
            for user, world, value in (
                (worlds.cast.carla, worlds.beta, theirs),
                (worlds.cast.carla, worlds.beta, nobody),
                (worlds.cast.ana, worlds.alfa, theirs),
            )
        ]
    foreign, random, own = answers
    assert seen(foreign, theirs) == seen(random, nobody)
    assert not holds(foreign, worlds.alfa)
    assert own["type"] == "next"
    assert worked(own["payload"])
    assert holds(own, worlds.alfa)
