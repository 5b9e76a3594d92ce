"""Programs of the cast over an open SQLite database and a real Redis."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from esquadrao.companies import signing_keys
from esquadrao_graphql.door import judge
from tests.api import Program, program, serving
from tests.conftest import Cast


@pytest.fixture(autouse=True)
def own_signing_keys() -> Iterator[None]:
    """Each test has a database of its own, so keys kept from the last one would be strangers to it."""
    signing_keys.forget()
    yield
    signing_keys.forget()


@pytest.fixture(autouse=True)
def own_verdicts() -> Iterator[None]:
    """A test may lower a limit; its verdicts must not outlive it."""
    judge.cache_clear()
    yield
    judge.cache_clear()


@pytest.fixture
async def stranger(sqlite_cast: Cast) -> AsyncIterator[Program]:
    """No token."""
    async with program() as made:
        yield made


@pytest.fixture
async def ana(sqlite_cast: Cast) -> AsyncIterator[Program]:
    async with program() as made:
        yield await made.call_as(sqlite_cast.ana)


@pytest.fixture
async def bruno(sqlite_cast: Cast) -> AsyncIterator[Program]:
    async with program() as made:
        yield await made.call_as(sqlite_cast.bruno)


@pytest.fixture
async def carla(sqlite_cast: Cast) -> AsyncIterator[Program]:
    async with program() as made:
        yield await made.call_as(sqlite_cast.carla)


@pytest.fixture
async def server(sqlite_cast: Cast) -> AsyncIterator[str]:
    async with serving() as address:
        yield address
