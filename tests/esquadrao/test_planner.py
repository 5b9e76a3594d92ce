from __future__ import annotations

from esquadrao import planner, sql
from esquadrao.database import dialect
from esquadrao.unit_of_work import unit_of_work
from tests.conftest import Cast
from tests.factories import make_contacts

MANY = 1_000


async def test_a_table_that_filled_since_the_last_look_is_counted_anew(cast: Cast) -> None:
    await planner.look_again()
    async with unit_of_work():
        await make_contacts(cast.alfa, MANY)
        if dialect() == "postgres":  # told with the commit, not a second later
            await sql.rows("SELECT pg_stat_force_next_flush()")

    expected = ["contact"] if dialect() == "postgres" else []
    assert await planner.look_again() == expected
    assert await planner.look_again() == []  # nothing changed since
    if dialect() == "postgres":
        (row,) = await sql.rows("SELECT reltuples FROM pg_class WHERE relname = 'contact'")
        assert row["reltuples"] == MANY
