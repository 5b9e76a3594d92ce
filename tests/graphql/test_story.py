"""The main job as a program does it: `gql`, a client that is not ours, over HTTP and a socket of a real server.

The chain, Redis and the database are real; the bridge is the fake, whose writes are what "WhatsApp" saw.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

import redis
from gql import Client, gql
from gql.transport.aiohttp import AIOHTTPTransport
from gql.transport.websockets import WebsocketsTransport

from esquadrao.campaigns.footer import FOOTER
from esquadrao.companies.models import Company
from esquadrao.companies.register import create_company
from tests.api import operation
from tests.drain import drain
from tests.factories import make_channel, make_contacts, make_list
from tests.fake_bridge import FakeBridge

PASSWORD = "nove cavalos azuis no telhado"
PEOPLE = 12


async def call(client: Client, name: str, **variables: Any) -> Any:
    request = gql(operation(name))
    request.variable_values = variables
    async with client as session:
        return next(iter((await session.execute(request)).values()))


async def watch(client: Client, campaign_id: str, *, begun: asyncio.Event) -> list[dict[str, Any]]:
    request = gql(operation("CampaignProgress"))
    request.variable_values = {"id": campaign_id}
    seen = []
    async with client as session:
        async for event in session.subscribe(request):
            seen.append(event["campaignProgress"])
            begun.set()
    return seen


async def test_a_program_signs_in_writes_launches_and_watches_to_the_end(
    server: str, clean_redis: redis.Redis
) -> None:
    dora = await create_company(
        company_name="Gama", name="Dora", email="dora@gama.example", password=PASSWORD
    )
    company = await Company.one(dora.company_id, dora.company_id)
    await make_channel(company)
    await make_list(company, await make_contacts(company, PEOPLE))

    address = f"http://{server}/graphql"
    stranger = Client(transport=AIOHTTPTransport(url=address))
    signed = await call(
        stranger, "SignIn", input={"email": "dora@gama.example", "password": PASSWORD}
    )
    bearer = {"Authorization": f"Bearer {signed['accessToken']}"}
    caller = Client(
        transport=AIOHTTPTransport(url=address, headers=bearer), fetch_schema_from_transport=True
    )
    channel = (await call(caller, "Channels"))["nodes"][0]
    audience = (await call(caller, "ContactLists"))["nodes"][0]
    created = await call(
        caller,
        "CampaignCreate",
        input={
            "name": "Aviso",
            "channelId": channel["id"],
            "contactListId": audience["id"],
            "body": "Olá {{ nome }}",
            "idempotencyKey": "create-0001",
        },
    )
    campaign_id = created["campaign"]["id"]
    begun = asyncio.Event()
    socket = Client(
        transport=WebsocketsTransport(
            f"ws://{server}/graphql",
            init_payload={"authorization": bearer["Authorization"]},
            subprotocols=[WebsocketsTransport.GRAPHQLWS_SUBPROTOCOL],
        )
    )
    watching = asyncio.create_task(watch(socket, campaign_id, begun=begun))
    await begun.wait()
    launched = await call(
        caller, "CampaignLaunch", input={"id": campaign_id, "idempotencyKey": "launch-0001"}
    )
    assert launched["campaign"]["state"] == "SCHEDULED"
    fake = FakeBridge(clean_redis)
    await drain(fake)
    seen = await watching

    assert Counter(one["text"] for one in fake.writes) == {
        f"Olá Pessoa {number}\n\n{FOOTER}": 1 for number in range(PEOPLE)
    }
    assert seen[0]["campaign"]["state"] == "DRAFT"
    last = seen[-1]["campaign"]
    assert (last["state"], last["progress"]["sent"]) == ("FINISHED", PEOPLE)
    assert all(one["campaign"]["progress"]["addsUp"] for one in seen)
    found = await call(caller, "Campaign", id=campaign_id, state="SENT")
    assert len(found["deliveries"]["nodes"]) == PEOPLE
