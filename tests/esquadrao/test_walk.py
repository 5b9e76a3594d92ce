"""A walk reads one range of one index: never a neighbour's rows, and in no other way."""

from __future__ import annotations

from uuid import UUID

import pytest

from esquadrao import sql
from esquadrao.campaigns.lifecycle import DeliveryClass, DeliveryState
from esquadrao.campaigns.models import Delivery
from esquadrao.campaigns.window import waiting
from esquadrao.companies.models import Company, User
from esquadrao.database import connection, dialect
from esquadrao.tenancy import new_id
from esquadrao.unit_of_work import unit_of_work
from tests.conftest import Cast
from tests.factories import make_campaign, make_contacts

PAGE = "SELECT d.id FROM :page AS d ORDER BY d.id"
C = DeliveryState.CHOSEN


async def chosen(company: Company, owner: User, first: int) -> tuple[UUID, list[int]]:
    """A Campaign and the ids of four who wait, with somebody who was skipped between them."""
    people, ids = await make_contacts(company, 5, first=first), list[int]()
    campaign = await make_campaign(owner, None, None)
    for at, one in enumerate(people):
        key = {"company_id": company.id, "campaign_id": campaign.id, "contact_id": one.id}
        state = C if at != 2 else DeliveryState.SKIPPED
        row = Delivery(**key, phone=one.phone, phone_key=one.phone_key, state=state)
        row.line_class = DeliveryClass.WAITING if state is C else DeliveryClass.SKIPPED
        await row.save()
        ids += [row.id] if state is C else []
    return campaign.id, ids


async def test_a_page_holds_the_first_of_one_campaign_alone(cast: Cast) -> None:
    await chosen(cast.alfa, cast.ana, 0)
    mine, ids = await chosen(cast.alfa, cast.ana, 10)
    await chosen(cast.alfa, cast.ana, 20)
    await chosen(cast.beta, cast.carla, 0)

    async def page(at: int, most: int) -> list[int]:
        found = await sql.rows(PAGE, page=waiting(cast.alfa.id, mine, after=at, most=most))
        return [int(row["id"]) for row in found]

    assert await page(0, 100) == ids
    assert await page(0, 3) == ids[:3]
    assert await page(ids[1], 100) == ids[2:]
    assert await page(ids[-1], 100) == []
    assert await sql.rows(PAGE, page=waiting(cast.beta.id, mine)) == []


async def test_postgresql_is_left_one_index(cast: Cast) -> None:
    """No other gives this order, so no statistics can tempt it to walk another; and the range has both its ends."""
    if dialect() != "postgres":
        pytest.skip("the index is named in the statement")
    page = waiting(cast.alfa.id, new_id())
    text, bound = sql.written("EXPLAIN SELECT d.id FROM :page AS d", {"page": page}, "postgres")
    async with unit_of_work():
        # A small table would be sorted.
        off = "SET LOCAL enable_sort = off; SET LOCAL enable_incremental_sort = off"
        await connection().execute_script(off)
        plan = [row["QUERY PLAN"] for row in await connection().execute_query_dict(text, bound)]
    walk = str(plan).replace("(state)::text", "state")
    assert "delivery_state" in walk
    assert "(ROW(state, id) > ROW(" in walk
    assert "(state <= " in walk
    assert "Sort" not in walk
