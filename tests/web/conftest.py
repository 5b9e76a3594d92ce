"""Signed-in browsers of the cast, over an open SQLite database and a real Redis."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.browsing import Browser, browser
from tests.conftest import Cast


@pytest.fixture
async def visitor(sqlite_cast: Cast) -> AsyncIterator[Browser]:
    """Nobody yet."""
    async with browser() as made:
        yield made


@pytest.fixture
async def ana(sqlite_cast: Cast) -> AsyncIterator[Browser]:
    async with browser() as made:
        yield await made.sign_in_as(sqlite_cast.ana)


@pytest.fixture
async def bruno(sqlite_cast: Cast) -> AsyncIterator[Browser]:
    async with browser() as made:
        yield await made.sign_in_as(sqlite_cast.bruno)


@pytest.fixture
async def carla(sqlite_cast: Cast) -> AsyncIterator[Browser]:
    async with browser() as made:
        yield await made.sign_in_as(sqlite_cast.carla)


@pytest.fixture
async def visitor_of_nothing(sqlite: str) -> AsyncIterator[Browser]:
    """An installation without a Company."""
    async with browser() as made:
        yield made
