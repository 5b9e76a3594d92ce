"""Would these tests notice? With the wall of `Model.of` taken down, a stranger must get in everywhere."""

from __future__ import annotations

from typing import Any

import pytest
from tortoise.queryset import QuerySet

from esquadrao.companies.models import Company, Session, User
from esquadrao.tenancy import CompanyRow
from tests.api import program
from tests.browsing import Browser
from tests.isolation.conftest import Worlds
from tests.isolation.fields import ASKS, document
from tests.isolation.pages import PAGES
from tests.isolation.test_api import filled, holds, id_of
from tests.isolation.test_pages import Visit
from tests.isolation.test_pages import holds as shows

OWN = (Company, User, Session)  # who asks must still be found
SHOWN = [
    name for name, entry in PAGES.items() if entry.path and entry.shows and name.startswith("GET")
]


@pytest.fixture
async def no_wall(worlds: Worlds, carla: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    scoped = CompanyRow.of.__func__  # type: ignore[attr-defined]

    def everything(cls: type[CompanyRow], company: Any) -> Any:
        return scoped(cls, company) if cls in OWN else QuerySet(cls)

    monkeypatch.setattr(CompanyRow, "of", classmethod(everything))


@pytest.mark.parametrize("name", SHOWN)
async def test_without_the_wall_a_page_shows_the_other_company(
    name: str, worlds: Worlds, carla: Browser, no_wall: None
) -> None:
    answer = await Visit(name, worlds.beta).by(carla, instead=worlds.alfa.ids.__getitem__)
    assert shows(answer, worlds.alfa)


@pytest.mark.parametrize("name", ["Query.campaign", "Query.node", "Query.nodes"])
async def test_without_the_wall_a_field_tells_of_the_other_company(
    name: str, worlds: Worlds, no_wall: None
) -> None:
    path = next(iter(ASKS[name].given))
    asked = filled(ASKS[name], worlds.beta, path=path, value=id_of(worlds.alfa, "campaign"))
    async with program() as made:
        await made.call_as(worlds.cast.carla)
        assert holds(await made.ask(document(name), **asked), worlds.alfa)
