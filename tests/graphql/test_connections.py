from __future__ import annotations

from typing import Any

import pytest

from esquadrao.campaigns.lifecycle import DeliveryClass, DeliveryState
from esquadrao.campaigns.models import Campaign, Delivery
from esquadrao.contacts.models import Contact
from esquadrao.messages.models import Message
from esquadrao.settings import settings
from esquadrao_graphql import connections
from esquadrao_graphql.connections import Cursors
from esquadrao_graphql.ids import Kind, opaque
from tests.api import Program
from tests.conftest import Cast
from tests.factories import make_campaign, make_channel, make_contacts, make_list

PAGE = """query ($first: Int, $after: String, $last: Int, $before: String) {
  contacts(first: $first, after: $after, last: $last, before: $before) {
    edges { cursor node { name } } nodes { name }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}"""


async def page(caller: Program, **window: Any) -> dict[str, Any]:
    body = await caller.ask(PAGE, **window)
    assert "errors" not in body, body
    found: dict[str, Any] = body["data"]["contacts"]
    return found


def names(found: dict[str, Any]) -> list[str]:
    return [one["name"] for one in found["nodes"]]


async def test_pages_forward_hold_every_row_once_the_newest_first(
    ana: Program, sqlite_cast: Cast
) -> None:
    await make_contacts(sqlite_cast.alfa, 7)
    seen, after, more = [], None, True
    while more:
        found = await page(ana, first=3, after=after)
        seen += names(found)
        after, more = found["pageInfo"]["endCursor"], found["pageInfo"]["hasNextPage"]
    assert seen == [f"Pessoa {number}" for number in range(6, -1, -1)]


async def test_pages_backward_read_as_pages_forward(ana: Program, sqlite_cast: Cast) -> None:
    await make_contacts(sqlite_cast.alfa, 5)
    end = await page(ana, last=2)
    assert names(end) == ["Pessoa 1", "Pessoa 0"]
    assert end["pageInfo"]["hasPreviousPage"] is True
    before = await page(ana, last=2, before=end["pageInfo"]["startCursor"])
    assert names(before) == ["Pessoa 3", "Pessoa 2"]
    first = await page(ana, last=2, before=before["pageInfo"]["startCursor"])
    assert (names(first), first["pageInfo"]["hasPreviousPage"]) == (["Pessoa 4"], False)


async def test_rows_that_come_and_go_skip_and_double_none(ana: Program, sqlite_cast: Cast) -> None:
    rows = await make_contacts(sqlite_cast.alfa, 6)
    first = await page(ana, first=3)
    assert names(first) == ["Pessoa 5", "Pessoa 4", "Pessoa 3"]
    await make_contacts(sqlite_cast.alfa, 2, first=6)
    await Contact.of(sqlite_cast.alfa).filter(id=rows[4].id).delete()
    rest = await page(ana, first=10, after=first["pageInfo"]["endCursor"])
    assert names(rest) == ["Pessoa 2", "Pessoa 1", "Pessoa 0"]


async def test_a_cursor_is_good_for_its_own_list_alone(
    ana: Program, carla: Program, sqlite_cast: Cast
) -> None:
    for company in (sqlite_cast.alfa, sqlite_cast.beta):
        await make_contacts(company, 3)
    cursor = (await page(ana, first=1))["pageInfo"]["endCursor"]
    assert names(await page(ana, after=cursor)) == ["Pessoa 1", "Pessoa 0"]
    flipped = cursor[:-1] + ("A" if cursor[-1] != "A" else "B")
    for caller, wrong in ((carla, cursor), (ana, flipped), (ana, ""), (ana, "é"), (ana, "A" * 999)):
        body = await caller.ask(PAGE, after=wrong)
        assert body["errors"][0]["extensions"]["code"] == "INVALID_CURSOR"
    other = 'query ($after: String) { contacts(search: "pessoa", after: $after) { nodes { id } } }'
    body = await ana.ask(other, after=cursor)
    assert body["errors"][0]["extensions"]["code"] == "INVALID_CURSOR"


def test_a_cursor_signed_with_an_older_key_is_still_read(
    sqlite_cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    cursor = Cursors("x", sqlite_cast.alfa.id).write(7)
    old = settings().secret_keys.get_secret_value()
    monkeypatch.setenv("SECRET_KEYS", f"{'n' * 40},{old}")
    settings.cache_clear()
    assert Cursors("x", sqlite_cast.alfa.id).read(cursor) == "7"


async def test_the_total_is_counted_to_its_cap(
    ana: Program, sqlite_cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    await make_contacts(sqlite_cast.alfa, 6)
    monkeypatch.setattr(connections, "COUNTED_TO", 6)
    query = "{ contacts(first: 1) { totalCount isTotalCapped } }"
    assert (await ana.ask(query))["data"]["contacts"] == {"totalCount": 6, "isTotalCapped": False}
    monkeypatch.setattr(connections, "COUNTED_TO", 5)
    assert (await ana.ask(query))["data"]["contacts"] == {"totalCount": 5, "isTotalCapped": True}


async def test_a_search_finds_by_part_whatever_the_case(ana: Program, sqlite_cast: Cast) -> None:
    await make_contacts(sqlite_cast.alfa, 12)
    found = await ana.run("Contacts", search="PESSOA 11")
    assert [one["name"] for one in found["nodes"]] == ["Pessoa 11"]


async def make_deliveries(cast: Cast, count: int) -> Campaign:
    channel = await make_channel(cast.alfa)
    contacts = await make_contacts(cast.alfa, count)
    campaign = await make_campaign(cast.ana, channel, await make_list(cast.alfa, contacts))
    for one in contacts:
        delivery = Delivery(
            company_id=cast.alfa.id,
            campaign_id=campaign.id,
            contact_id=one.id,
            phone=one.phone,
            phone_key=one.phone_key,
            state=DeliveryState.QUEUED,
            line_class=DeliveryClass.WAITING,
        )
        await delivery.save()
        await Message(
            company_id=cast.alfa.id,
            channel_id=channel.id,
            campaign_id=campaign.id,
            delivery_id=delivery.id,
            contact_id=one.id,
            wa_id=f"3EB0{delivery.id:016X}",
            to_phone=one.phone,
            body="Olá",
            body_sha256="0" * 64,
            created_at=campaign.created_at,
        ).save()
    return campaign


async def test_deliveries_are_paged_with_contact_and_message(
    ana: Program, sqlite_cast: Cast
) -> None:
    campaign = await make_deliveries(sqlite_cast, 3)
    campaign_id = opaque(Kind.CAMPAIGN, campaign.id)
    found = (await ana.run("Campaign", id=campaign_id, first=2))["deliveries"]
    assert [one["contact"]["name"] for one in found["nodes"]] == ["Pessoa 0", "Pessoa 1"]
    assert [one["message"]["state"] for one in found["nodes"]] == ["PENDING", "PENDING"]
    cursor = found["pageInfo"]["endCursor"]
    rest = (await ana.run("Campaign", id=campaign_id, after=cursor))["deliveries"]
    assert [one["contact"]["name"] for one in rest["nodes"]] == ["Pessoa 2"]
    assert (await ana.run("Campaign", id=campaign_id, state="SENT"))["deliveries"]["nodes"] == []


@pytest.mark.parametrize("name", ["Channels", "Contacts", "ContactLists", "Campaigns", "Campaign"])
async def test_a_list_of_100_runs_as_many_statements_as_a_list_of_1(
    ana: Program, sqlite_cast: Cast, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    campaign = await make_deliveries(sqlite_cast, 12)
    for number in range(11):
        channel = await make_channel(sqlite_cast.alfa, name=f"Vendas {number + 2}")
        audience = await make_list(sqlite_cast.alfa, [], name=f"Lista {number}")
        await make_campaign(sqlite_cast.ana, channel, audience)

    async def statements(first: int) -> int:
        caplog.clear()
        with caplog.at_level("DEBUG", logger="tortoise.db_client"):
            more = {"id": opaque(Kind.CAMPAIGN, campaign.id)} if name == "Campaign" else {}
            found = await ana.run(name, first=first, **more)
        nodes = (found.get("deliveries") or found)["nodes"]
        assert len(nodes) == min(first, 12)
        return len([one for one in caplog.records if one.name == "tortoise.db_client"])

    one = await statements(1)
    assert one > 1
    assert await statements(100) == one
