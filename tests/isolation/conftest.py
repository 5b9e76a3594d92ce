"""Alfa and Beta with one of everything each. Carla of Beta is the stranger; Ana of Alfa proves that the door works."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from esquadrao.companies import signing_keys
from tests.browsing import Browser, browser
from tests.conftest import Cast
from tests.isolation.world import World, build


@dataclass(frozen=True)
class Worlds:
    alfa: World
    beta: World
    cast: Cast


@pytest.fixture
async def worlds(sqlite_cast: Cast) -> Worlds:
    signing_keys.forget()  # each test has a database of its own: kept keys would be another's
    return Worlds(
        alfa=await build(sqlite_cast.alfa, sqlite_cast.ana, canary="ZQA-4f9d1c7e"),
        beta=await build(sqlite_cast.beta, sqlite_cast.carla, canary="ZQB-8a02be55"),
        cast=sqlite_cast,
    )


@pytest.fixture
async def ana(worlds: Worlds) -> AsyncIterator[Browser]:
    async with browser() as made:
        yield await made.sign_in_as(worlds.cast.ana)


@pytest.fixture
async def carla(worlds: Worlds) -> AsyncIterator[Browser]:
    async with browser() as made:
        yield await made.sign_in_as(worlds.cast.carla)
