from __future__ import annotations

from datetime import timedelta

from esquadrao import lease
from esquadrao.database import db_now
from esquadrao.lease import Lease

LASTS = timedelta(seconds=15)


async def test_one_holder_at_a_time(db: str) -> None:
    assert await lease.take("applier:0", "one", lasts=LASTS)
    assert not await lease.take("applier:0", "two", lasts=LASTS)
    assert await lease.take("applier:0", "one", lasts=LASTS)


async def test_a_dead_holders_lease_ends_by_itself(db: str) -> None:
    assert await lease.take("applier:0", "dead", lasts=LASTS)
    await Lease.all().update(until=await db_now() - timedelta(seconds=1))
    assert await lease.take("applier:0", "next", lasts=LASTS)


async def test_a_lease_given_back_is_free_at_once(db: str) -> None:
    await lease.take("applier:0", "one", lasts=LASTS)
    await lease.give_back("applier:0", "two")
    assert not await lease.take("applier:0", "two", lasts=LASTS)
    await lease.give_back("applier:0", "one")
    assert await lease.take("applier:0", "two", lasts=LASTS)
