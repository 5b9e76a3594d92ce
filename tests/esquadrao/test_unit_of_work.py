"""One transaction; what it promised leaves after the commit, or not at all."""

from __future__ import annotations

import pytest
import redis

from esquadrao.companies.models import Company
from esquadrao.contacts.models import ContactList
from esquadrao.gateways import queue
from esquadrao.jobs import Sweep, VerifyCampaigns
from esquadrao.settings import settings
from esquadrao.unit_of_work import unit_of_work
from tests.conftest import Cast
from tests.drain import rung


class Stopped(Exception):
    pass


async def test_a_job_leaves_after_the_commit(cast: Cast, clean_redis: redis.Redis) -> None:
    async with unit_of_work() as work:
        work.enqueue(Sweep())
        assert rung(clean_redis) == set()
    assert rung(clean_redis) == {"engine.sweep"}


async def half_done(company: Company) -> None:
    async with unit_of_work() as work:
        await ContactList(company_id=company.id, name="Meio feita").save()
        work.enqueue(Sweep())
        raise Stopped


async def test_an_error_keeps_no_row_and_sends_no_job(cast: Cast, clean_redis: redis.Redis) -> None:
    with pytest.raises(Stopped):
        await half_done(cast.alfa)
    assert await ContactList.of(cast.alfa).count() == 0
    assert rung(clean_redis) == set()


async def inner_whole_outer_stopped(company: Company) -> None:
    async with unit_of_work():
        async with unit_of_work() as inner:
            await ContactList(company_id=company.id, name="De dentro").save()
            inner.enqueue(VerifyCampaigns())
        raise Stopped


async def test_an_inner_unit_joins_the_outer_one(cast: Cast, clean_redis: redis.Redis) -> None:
    with pytest.raises(Stopped):
        await inner_whole_outer_stopped(cast.alfa)
    assert await ContactList.of(cast.alfa).count() == 0
    assert rung(clean_redis) == set()


async def test_a_redis_that_is_away_costs_the_hint_and_not_the_row(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:9/0")
    settings.cache_clear()
    queue.broker.cache_clear()
    async with unit_of_work() as work:
        await ContactList(company_id=cast.alfa.id, name="Fica").save()
        work.enqueue(Sweep())
    assert await ContactList.of(cast.alfa).count() == 1
