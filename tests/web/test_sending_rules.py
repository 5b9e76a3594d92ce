"""What a Company decides for all its Campaigns is kept, refused in words, and only for who may."""

from __future__ import annotations

import pytest

from esquadrao.companies.models import Company
from tests.browsing import Browser
from tests.conftest import Cast

HERE = "/sending-rules"


async def test_the_rules_are_kept_and_shown(ana: Browser, sqlite_cast: Cast) -> None:
    answer = await ana.submit(HERE, {"cool_down_days": "7", "unknown_policy": "again"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/campaigns")
    kept = await Company.of(sqlite_cast.alfa).get()
    assert (kept.cool_down_days, kept.unknown_policy) == (7, "again")
    tree = await ana.read(HERE)
    assert tree.one("#cool_down_days").attributes["value"] == "7"
    assert tree.one("#unknown_policy option[selected]").attributes["value"] == "again"
    beta = await Company.of(sqlite_cast.beta).get()
    assert (beta.cool_down_days, beta.unknown_policy) == (0, "hold")


@pytest.mark.parametrize("days", ["", "-1", "366", "seven"])
async def test_a_rest_that_is_none_is_refused(ana: Browser, sqlite_cast: Cast, days: str) -> None:
    answer = await ana.submit(HERE, {"cool_down_days": days, "unknown_policy": "explode"})
    assert answer.status_code == 422
    assert "Use um número de 0 a 365." in answer.text
    assert "Escolha uma das opções da lista." in answer.text
    kept = await Company.of(sqlite_cast.alfa).get()
    assert (kept.cool_down_days, kept.unknown_policy) == (0, "hold")


async def test_an_agent_neither_sees_nor_changes_them(bruno: Browser, sqlite_cast: Cast) -> None:
    assert (await bruno.get(HERE)).status_code == 403
    answer = await bruno.submit(HERE, {"cool_down_days": "7", "unknown_policy": "again"})
    assert answer.status_code == 403
    assert (await Company.of(sqlite_cast.alfa).get()).cool_down_days == 0
