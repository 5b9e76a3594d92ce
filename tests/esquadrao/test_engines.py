"""A transaction that cannot begin or end leaves its task and its pool as they were."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from tortoise.backends.base.client import TransactionalDBClient

from esquadrao.companies.models import Company
from esquadrao.contacts.models import ContactList
from esquadrao.database import connection, dialect
from esquadrao.settings import settings
from esquadrao.unit_of_work import unit_of_work
from tests.conftest import Cast


class Gone(Exception):
    """What a driver raises when its server went away."""


def broken(monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    """From now on every transaction fails at this step of its own."""

    async def fails(*_: Any) -> None:
        raise Gone

    opened: Any = connection()._in_transaction()
    wrapper = opened.connection if dialect() == "sqlite" else opened.client
    monkeypatch.setattr(type(wrapper), step, fails)


async def write(company: Company) -> None:
    async with unit_of_work():
        await ContactList(company_id=company.id, name="Escrita").save()


@pytest.mark.parametrize("step", ["begin", "commit"])
async def test_a_task_whose_transaction_failed_goes_on_with_the_next(
    step: str, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One task, as a loop that outlives errors is; more failures than the pool has connections."""
    with monkeypatch.context() as broke:
        broken(broke, step)
        for _ in range(settings().database_pool + 1):
            async with asyncio.timeout(5):  # a leak waits for ever, it never fails
                with pytest.raises(Gone):
                    await write(cast.alfa)
    assert not isinstance(connection(), TransactionalDBClient)
    async with asyncio.timeout(5):
        assert not await ContactList.of(cast.alfa).filter(name="Escrita").exists()
        await write(cast.alfa)
