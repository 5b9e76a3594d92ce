"""Carla sees nothing of Alfa: every place that takes an id answers Alfa's ids as it answers a random one."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from esquadrao.campaigns.leave_alone import leave_phone_alone
from esquadrao.campaigns.lifecycle import DeliveryClass, DeliveryState
from esquadrao.campaigns.models import Campaign, Delivery, Variant
from esquadrao.errors import NotFound
from esquadrao.tenancy import new_id
from esquadrao_graphql import ids
from esquadrao_graphql.ids import Kind, number_of, opaque, signed, uuid_of
from tests.api import Program, operation
from tests.conftest import Cast
from tests.factories import make_campaign, make_channel, make_contacts, make_list
from tests.graphql.test_strangers import without_id

CANARY = "ZQB-5b1d"


class Ids(dict[str, str]):
    """By name: an id of each kind."""


async def ids_of_alfa(cast: Cast) -> Ids:
    channel = await make_channel(cast.alfa, name=CANARY)
    contacts = await make_contacts(cast.alfa, 1)
    audience = await make_list(cast.alfa, contacts, name=CANARY)
    campaign = await make_campaign(cast.ana, channel, audience, name=CANARY, body=CANARY)
    delivery = Delivery(
        company_id=cast.alfa.id,
        campaign_id=campaign.id,
        contact_id=contacts[0].id,
        phone=contacts[0].phone,
        phone_key=contacts[0].phone_key,
        state=DeliveryState.QUEUED,
        line_class=DeliveryClass.WAITING,
    )
    await delivery.save()
    phone = contacts[0].phone
    held = await leave_phone_alone(cast.alfa, cast.ana, phone=phone, note=CANARY)
    return Ids(
        COMPANY=opaque(Kind.COMPANY, cast.alfa.id),
        USER=opaque(Kind.USER, cast.ana.id),
        CHANNEL=opaque(Kind.CHANNEL, channel.id),
        CONTACT=opaque(Kind.CONTACT, contacts[0].id),
        CONTACT_LIST=opaque(Kind.CONTACT_LIST, audience.id),
        CAMPAIGN=opaque(Kind.CAMPAIGN, campaign.id),
        DELIVERY=signed(Kind.DELIVERY, delivery.id, company_id=cast.alfa.id),
        SUPPRESSION=opaque(Kind.SUPPRESSION, held.id),
    )


def random_id(kind: str) -> str:
    if kind == "DELIVERY":
        return signed(Kind.DELIVERY, 987_654_321, company_id=new_id())
    return opaque(Kind[kind], new_id())


async def said(caller: Program, query: str, **variables: Any) -> str:
    return without_id((await caller.send_query(query, variables)).text)


@pytest.mark.parametrize("kind", [one.name for one in Kind])
async def test_node_answers_a_foreign_id_like_a_random_one(
    ana: Program, carla: Program, sqlite_cast: Cast, kind: str
) -> None:
    foreign = (await ids_of_alfa(sqlite_cast))[kind]
    assert (await ana.run("Node", id=foreign))["id"] == foreign
    expected = await said(carla, operation("Node"), id=random_id(kind))
    assert '"code":"NOT_FOUND"' in expected
    assert await said(carla, operation("Node"), id=foreign) == expected
    for wrong in ("", "nonsense", foreign + "A", "é", "A" * 500):
        assert await said(carla, operation("Node"), id=wrong) == expected


async def test_nodes_leaves_foreign_ids_out(
    ana: Program, carla: Program, sqlite_cast: Cast
) -> None:
    foreign = list((await ids_of_alfa(sqlite_cast)).values())
    assert [one["id"] for one in await ana.run("Nodes", ids=foreign)] == foreign
    assert await carla.run("Nodes", ids=foreign) == [None] * len(foreign)


async def test_a_campaign_of_another_company_looks_like_none(
    carla: Program, sqlite_cast: Cast
) -> None:
    foreign = (await ids_of_alfa(sqlite_cast))["CAMPAIGN"]
    expected = await said(carla, operation("Campaign"), id=random_id("CAMPAIGN"))
    assert '"code":"NOT_FOUND"' in expected
    assert await said(carla, operation("Campaign"), id=foreign) == expected


@pytest.mark.parametrize("name", ["Launch", "Pause", "Resume", "Cancel"])
async def test_a_campaign_of_another_company_cannot_be_moved(
    carla: Program, sqlite_cast: Cast, name: str
) -> None:
    foreign = (await ids_of_alfa(sqlite_cast))["CAMPAIGN"]
    more = {"idempotencyKey": "key-0001"} if name == "Launch" else {}
    document = operation(f"Campaign{name}")
    expected = await said(carla, document, input={"id": random_id("CAMPAIGN"), **more})
    assert '"code":"NOT_FOUND"' in expected
    assert await said(carla, document, input={"id": foreign, **more}) == expected
    assert {one.state.value for one in await Campaign.of(sqlite_cast.alfa)} == {"draft"}


@pytest.mark.parametrize("field", ["channelId", "contactListId"])
async def test_a_campaign_cannot_be_made_of_another_companys_parts(
    carla: Program, sqlite_cast: Cast, field: str
) -> None:
    kind = {"channelId": "CHANNEL", "contactListId": "CONTACT_LIST"}[field]
    foreign = (await ids_of_alfa(sqlite_cast))[kind]
    document = operation("CampaignCreate")

    def asked(value: str) -> dict[str, Any]:
        return {"name": "X", "body": "Olá", "idempotencyKey": "key-0002", field: value}

    expected = await said(carla, document, input=asked(random_id(kind)))
    assert '"code":"NOT_FOUND"' in expected
    assert await said(carla, document, input=asked(foreign)) == expected
    assert await Campaign.of(sqlite_cast.beta).count() == 0


async def test_no_list_shows_another_companys_rows(
    ana: Program, carla: Program, sqlite_cast: Cast
) -> None:
    await ids_of_alfa(sqlite_cast)
    assert await Variant.of(sqlite_cast.alfa).count() == 1
    for name in ("Channels", "Contacts", "ContactLists", "Campaigns"):
        assert (await ana.run(name))["nodes"] != []
        assert (await carla.run(name))["nodes"] == []


async def test_another_companys_idempotency_key_is_free(
    ana: Program, carla: Program, sqlite_cast: Cast
) -> None:
    asked = {"name": "X", "body": "Olá", "idempotencyKey": "the-same-key"}
    mine = await ana.run("CampaignCreate", input=asked)
    other = await carla.run("CampaignCreate", input=asked)
    assert mine["campaign"]["id"] != other["campaign"]["id"]


def test_the_key_of_a_delivery_cannot_be_guessed_or_carried_over() -> None:
    alfa, beta = new_id(), new_id()
    good = signed(Kind.DELIVERY, 7, company_id=alfa)
    assert number_of(Kind.DELIVERY, good, company_id=alfa) == 7
    raw = bytearray(ids._bytes(good))
    raw[8] += 1
    for wrong, company in ((good, beta), (ids._text(bytes(raw)), alfa)):
        with pytest.raises(NotFound):
            number_of(Kind.DELIVERY, wrong, company_id=company)


def test_an_id_of_one_kind_is_none_of_another() -> None:
    row = new_id()
    text = opaque(Kind.CAMPAIGN, row)
    assert uuid_of(Kind.CAMPAIGN, text) == row
    assert isinstance(row, UUID)
    with pytest.raises(NotFound):
        uuid_of(Kind.CHANNEL, text)
