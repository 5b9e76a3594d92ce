"""The main job as a program does it, with `gql`, a client that is not ours, against the same real installation."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

import pytest
from gql import Client, gql
from gql.transport.aiohttp import AIOHTTPTransport
from gql.transport.websockets import WebsocketsTransport
from playwright.async_api import Browser, expect

from esquadrao.campaigns import footer
from tests.api import operation
from tests.browser.conftest import PASSWORD
from tests.browser.visit import visiting
from tests.installation import Installation

pytestmark = pytest.mark.browser
STUDENTS = 40  # Beta's, in the demo
ENDS_WITHIN = 120.0  # s; the demo's channel pauses up to a second


async def call(client: Client, name: str, **variables: Any) -> Any:
    request = gql(operation(name))
    request.variable_values = variables
    async with client as session:
        return next(iter((await session.execute(request)).values()))


async def watched_to_the_end(client: Client, campaign_id: str, begun: asyncio.Event) -> list[Any]:
    request = gql(operation("CampaignProgress"))
    request.variable_values = {"id": campaign_id}
    seen = []
    async with client as session:
        async for event in session.subscribe(request):
            seen.append(event["campaignProgress"]["campaign"])
            begun.set()
    return seen


async def test_a_program_signs_in_writes_launches_and_watches_to_the_end(
    here: Installation, chromium: Browser
) -> None:
    async with visiting(chromium, here.url) as visit:  # a phone must read the QR: no program can
        await visit.sign_in("carla@beta.example", PASSWORD)
        await visit.open("/channels")
        await visit.page.get_by_role("link", name="Recepção").first.click()
        await visit.page.get_by_role("button", name="Conectar").click()
        await visit.page.get_by_role("button", name="Simular leitura").click()
        await expect(visit.page.get_by_role("heading", name="Conectada")).to_be_visible()

    address = f"{here.url}/graphql"
    signed = await call(
        Client(transport=AIOHTTPTransport(url=address)),
        "SignIn",
        input={"email": "carla@beta.example", "password": PASSWORD},
    )
    bearer = {"Authorization": f"Bearer {signed['accessToken']}"}
    carla = Client(transport=AIOHTTPTransport(url=address, headers=bearer))
    channel = (await call(carla, "Channels"))["nodes"][0]
    audience = (await call(carla, "ContactLists"))["nodes"][0]
    draft = {
        "name": "Matrícula",
        "channelId": channel["id"],
        "contactListId": audience["id"],
        "body": "Oi, {{ nome }}!",
        "idempotencyKey": "create-0001",
    }
    campaign_id = (await call(carla, "CampaignCreate", input=draft))["campaign"]["id"]
    socket = WebsocketsTransport(
        address.replace("http", "ws", 1),
        init_payload={"authorization": bearer["Authorization"]},
        subprotocols=[WebsocketsTransport.GRAPHQLWS_SUBPROTOCOL],
    )
    begun = asyncio.Event()
    watching = asyncio.create_task(watched_to_the_end(Client(transport=socket), campaign_id, begun))
    await asyncio.wait_for(begun.wait(), ENDS_WITHIN)
    await call(carla, "CampaignLaunch", input={"id": campaign_id, "idempotencyKey": "launch-0001"})
    seen = await asyncio.wait_for(watching, ENDS_WITHIN)

    assert (seen[0]["state"], seen[-1]["state"]) == ("DRAFT", "FINISHED")
    assert seen[-1]["progress"]["sent"] == STUDENTS
    assert all(one["progress"]["addsUp"] for one in seen)
    people = (await call(carla, "Contacts", first=STUDENTS))["nodes"]
    last = here.ledger()[-1]["channel"]
    wrote = Counter(one["text"] for one in here.ledger() if one["channel"] == last)
    assert wrote == Counter(footer.signed(f"Oi, {one['name']}!") for one in people)
