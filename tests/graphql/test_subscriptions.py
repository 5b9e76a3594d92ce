"""`campaignProgress` over a real socket, with `gql`, a client that is not ours."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import orjson
import pytest
import websockets
from gql import Client, gql
from gql.client import AsyncClientSession
from gql.transport.exceptions import TransportQueryError
from gql.transport.websockets import WebsocketsTransport

from esquadrao.campaigns.lifecycle import CampaignState
from esquadrao.campaigns.models import Campaign
from esquadrao.companies import tokens
from esquadrao.companies.models import User
from esquadrao.gateways import live
from esquadrao.signals import Signal, Subject, topic_of
from esquadrao.tenancy import new_id
from esquadrao_graphql import sockets
from esquadrao_graphql.campaigns import subscriptions
from esquadrao_graphql.ids import Kind, opaque
from tests.api import operation
from tests.conftest import Cast
from tests.factories import make_campaign, make_channel

PROTOCOL = websockets.Subprotocol("graphql-transport-ws")
WATCH = operation("CampaignProgress")


@pytest.fixture(autouse=True)
def no_pace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subscriptions, "PACE", 0.0)


async def token_of(user: User) -> str:
    return (await tokens.issue(user)).token


@asynccontextmanager
async def client(server: str, payload: dict[str, Any]) -> AsyncIterator[AsyncClientSession]:
    transport = WebsocketsTransport(
        f"ws://{server}/graphql", init_payload=payload, subprotocols=[PROTOCOL]
    )
    async with Client(transport=transport) as session:
        yield session


def watch(session: AsyncClientSession, campaign_id: str) -> Any:
    request = gql(WATCH)
    request.variable_values = {"id": campaign_id}
    return session.subscribe(request)


async def running_campaign(cast: Cast) -> Campaign:
    campaign = await make_campaign(cast.ana, await make_channel(cast.alfa), None)
    await move(campaign, state=CampaignState.RUNNING, chosen=3, waiting=3)
    return campaign


async def move(campaign: Campaign, **columns: Any) -> None:
    """Change the row and say so, as a unit of work would."""
    await Campaign.of(campaign.company_id).filter(id=campaign.id).update(**columns)
    signal = Signal(campaign.company_id, Subject.CAMPAIGN, campaign.id)
    await live.publish_many([signal])


def counted(event: dict[str, Any]) -> tuple[str, int]:
    campaign = event["campaignProgress"]["campaign"]
    return campaign["state"], campaign["progress"]["sent"]


@pytest.mark.parametrize("form", ["authorization", "accessToken"])
async def test_a_campaign_is_watched_to_its_end(server: str, sqlite_cast: Cast, form: str) -> None:
    campaign = await running_campaign(sqlite_cast)
    token = await token_of(sqlite_cast.ana)
    payload = {form: f"Bearer {token}" if form == "authorization" else token}
    seen = []
    async with client(server, payload) as session:
        async for event in watch(session, opaque(Kind.CAMPAIGN, campaign.id)):
            seen.append(counted(event))
            sent = len(seen)
            state = CampaignState.FINISHED if sent == 3 else CampaignState.RUNNING
            await move(campaign, state=state, sent=sent, waiting=3 - sent)
    assert seen == [("RUNNING", 0), ("RUNNING", 1), ("RUNNING", 2), ("FINISHED", 3)]


async def test_a_campaign_that_has_ended_gives_one_event(server: str, sqlite_cast: Cast) -> None:
    campaign = await running_campaign(sqlite_cast)
    await move(campaign, state=CampaignState.CANCELLED)
    async with client(server, {"accessToken": await token_of(sqlite_cast.ana)}) as session:
        seen = [counted(one) async for one in watch(session, opaque(Kind.CAMPAIGN, campaign.id))]
    assert seen == [("CANCELLED", 0)]


async def test_after_a_gap_in_the_signals_the_state_is_read_again(
    server: str, sqlite_cast: Cast
) -> None:
    campaign = await running_campaign(sqlite_cast)
    async with client(server, {"accessToken": await token_of(sqlite_cast.ana)}) as session:
        events = watch(session, opaque(Kind.CAMPAIGN, campaign.id))
        assert counted(await anext(events)) == ("RUNNING", 0)
        await Campaign.of(sqlite_cast.alfa).filter(id=campaign.id).update(sent=2)
        assert live._hub is not None
        await live._hub.publish(topic_of(sqlite_cast.alfa.id), live.GAP)
        assert counted(await anext(events)) == ("RUNNING", 2)
        await events.aclose()


async def test_another_companys_campaign_looks_like_none(server: str, sqlite_cast: Cast) -> None:
    campaign = await running_campaign(sqlite_cast)
    said = []
    async with client(server, {"accessToken": await token_of(sqlite_cast.carla)}) as session:
        for campaign_id in (campaign.id, new_id()):
            with pytest.raises(TransportQueryError) as refused:
                await anext(watch(session, opaque(Kind.CAMPAIGN, campaign_id)))
            assert refused.value.errors is not None
            (error,) = refused.value.errors
            error["extensions"].pop("requestId")
            said.append(error)
    assert said[0] == said[1]
    assert said[0]["extensions"]["code"] == "NOT_FOUND"


async def test_an_agent_may_not_watch(server: str, sqlite_cast: Cast) -> None:
    campaign = await running_campaign(sqlite_cast)
    async with client(server, {"accessToken": await token_of(sqlite_cast.bruno)}) as session:
        with pytest.raises(TransportQueryError) as refused:
            await anext(watch(session, opaque(Kind.CAMPAIGN, campaign.id)))
    assert refused.value.errors is not None
    assert refused.value.errors[0]["extensions"]["code"] == "INSUFFICIENT_SCOPE"


async def test_who_is_deactivated_sees_no_further_event_and_is_shut_out(
    server: str, sqlite_cast: Cast
) -> None:
    campaign = await running_campaign(sqlite_cast)
    async with raw(server) as socket:
        await greet(socket, await token_of(sqlite_cast.ana))
        await subscribe(socket, opaque(Kind.CAMPAIGN, campaign.id))
        assert (await heard(socket))["type"] == "next"
        sqlite_cast.ana.is_active = False
        await sqlite_cast.ana.save()
        await move(campaign, sent=2)
        frames = [orjson.loads(text) async for text in until_closed(socket)]
    assert '"sent":2' not in orjson.dumps(frames).decode()
    assert socket.close_code == sockets.TOKEN_GONE


@asynccontextmanager
async def raw(server: str, **options: Any) -> AsyncIterator[websockets.ClientConnection]:
    asked = {"subprotocols": [PROTOCOL], **options}
    async with websockets.connect(f"ws://{server}/graphql", **asked) as socket:
        yield socket


async def greet(socket: websockets.ClientConnection, token: str) -> None:
    await socket.send(
        orjson.dumps({"type": "connection_init", "payload": {"accessToken": token}}).decode()
    )
    assert (await heard(socket))["type"] == "connection_ack"


async def subscribe(socket: websockets.ClientConnection, campaign_id: str, name: str = "1") -> None:
    payload = {"query": WATCH, "variables": {"id": campaign_id}}
    await socket.send(orjson.dumps({"id": name, "type": "subscribe", "payload": payload}).decode())


async def heard(socket: websockets.ClientConnection) -> dict[str, Any]:
    frame: dict[str, Any] = orjson.loads(await socket.recv())
    return frame


async def until_closed(socket: websockets.ClientConnection) -> AsyncIterator[str | bytes]:
    try:
        while True:
            yield await socket.recv()
    except websockets.ConnectionClosed:
        return


@pytest.mark.parametrize("payload", [{}, {"accessToken": "nonsense"}, {"authorization": "x"}])
async def test_a_socket_without_a_token_that_stands_is_refused(
    server: str, payload: dict[str, str]
) -> None:
    async with raw(server) as socket:
        await socket.send(orjson.dumps({"type": "connection_init", "payload": payload}).decode())
        assert [one async for one in until_closed(socket)] == []
    assert socket.close_code == 4403


async def test_nothing_runs_before_the_greeting(server: str, sqlite_cast: Cast) -> None:
    async with raw(server) as socket:
        await subscribe(socket, "x")
        assert [one async for one in until_closed(socket)] == []
    assert socket.close_code == 4401


async def test_a_page_of_another_origin_is_refused_before_the_socket_opens(server: str) -> None:
    with pytest.raises(websockets.InvalidStatus) as refused:
        async with raw(server, origin="https://evil.example"):
            pass
    assert refused.value.response.status_code == 403


async def test_the_legacy_subprotocol_is_not_spoken(server: str) -> None:
    async with raw(server, subprotocols=["graphql-ws"]) as socket:
        assert [one async for one in until_closed(socket)] == []
    assert socket.close_code == 4406


async def test_queries_and_mutations_do_not_run_over_a_socket(
    server: str, sqlite_cast: Cast
) -> None:
    async with raw(server) as socket:
        await greet(socket, await token_of(sqlite_cast.ana))
        asked = {"id": "1", "type": "subscribe", "payload": {"query": "{ me { name } }"}}
        await socket.send(orjson.dumps(asked).decode())
        frame = await heard(socket)
    assert frame["type"] == "error"
    assert frame["payload"][0]["extensions"]["code"] == "BAD_REQUEST"


async def test_a_user_has_ten_sockets_and_no_more(server: str, sqlite_cast: Cast) -> None:
    token = await token_of(sqlite_cast.ana)
    opened = [
        await websockets.connect(f"ws://{server}/graphql", subprotocols=[PROTOCOL])
        for _ in range(11)
    ]
    try:
        for socket in opened[: sockets.SOCKETS_A_USER]:
            await greet(socket, token)
        await opened[-1].send(
            orjson.dumps({"type": "connection_init", "payload": {"accessToken": token}}).decode()
        )
        assert [one async for one in until_closed(opened[-1])] == []
        assert opened[-1].close_code == 4403
        await opened[0].close()
    finally:
        for socket in opened:
            await socket.close()


async def test_a_socket_has_twenty_subscriptions_and_the_next_gets_an_error(
    server: str, sqlite_cast: Cast
) -> None:
    campaign = await running_campaign(sqlite_cast)
    async with raw(server) as socket:
        await greet(socket, await token_of(sqlite_cast.ana))
        for number in range(sockets.SUBSCRIPTIONS_A_SOCKET + 1):
            await subscribe(socket, opaque(Kind.CAMPAIGN, campaign.id), str(number))
        frames = [await heard(socket) for _ in range(sockets.SUBSCRIPTIONS_A_SOCKET + 1)]
    errors = [one for one in frames if one["type"] == "error"]
    assert [one["id"] for one in errors] == [str(sockets.SUBSCRIPTIONS_A_SOCKET)]
