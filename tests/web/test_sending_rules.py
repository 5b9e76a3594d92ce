"""What a Company decides for all its Campaigns is kept, refused in words, and only for who may."""

from __future__ import annotations

import pytest

from esquadrao.companies.models import Company
from tests.browsing import Browser, Page
from tests.conftest import Cast

HERE = "/sending-rules"
PRODUCT = {
    "most_failed": "10",
    "most_opt_outs": "3",
    "most_undelivered": "30",
    "most_minutes_away": "10",
}
STRICT = {
    "most_failed": "5",
    "most_opt_outs": "1",
    "most_undelivered": "20",
    "most_minutes_away": "2",
}


def typed(**more: str) -> dict[str, str]:
    said = {"cool_down_days": "7", "unknown_policy": "again", "reply_days": "14"}
    return {**said, **PRODUCT, **more}


async def test_the_rules_are_kept_and_shown(ana: Browser, sqlite_cast: Cast) -> None:
    answer = await ana.submit(HERE, typed())
    assert (answer.status_code, answer.headers["location"]) == (303, "/campaigns")
    kept = await Company.of(sqlite_cast.alfa).get()
    assert (kept.cool_down_days, kept.unknown_policy, kept.reply_days) == (7, "again", 14)
    tree = await ana.read(HERE)
    assert tree.one("#reply_days").attributes["value"] == "14"
    assert tree.one("#cool_down_days").attributes["value"] == "7"
    assert tree.one("#unknown_policy option[selected]").attributes["value"] == "again"
    beta = await Company.of(sqlite_cast.beta).get()
    assert (beta.cool_down_days, beta.unknown_policy, beta.reply_days) == (0, "hold", 3)


@pytest.mark.parametrize("days", ["", "-1", "366", "seven"])
async def test_a_rest_that_is_none_is_refused(ana: Browser, sqlite_cast: Cast, days: str) -> None:
    answer = await ana.submit(HERE, typed(cool_down_days=days, unknown_policy="explode"))
    assert answer.status_code == 422
    assert "Use um número de 0 a 365." in answer.text
    assert "Escolha uma das opções da lista." in answer.text
    kept = await Company.of(sqlite_cast.alfa).get()
    assert (kept.cool_down_days, kept.unknown_policy) == (0, "hold")


@pytest.mark.parametrize("days", ["", "0", "15"])
async def test_replies_count_from_one_day_to_fourteen(
    ana: Browser, sqlite_cast: Cast, days: str
) -> None:
    answer = await ana.submit(HERE, typed(reply_days=days))
    assert answer.status_code == 422
    assert "Use um número de 1 a 14." in answer.text
    assert (await Company.of(sqlite_cast.alfa).get()).reply_days == 3


async def test_an_agent_neither_sees_nor_changes_them(bruno: Browser, sqlite_cast: Cast) -> None:
    assert (await bruno.get(HERE)).status_code == 403
    answer = await bruno.submit(HERE, typed())
    assert answer.status_code == 403
    assert (await Company.of(sqlite_cast.alfa).get()).cool_down_days == 0


async def test_breakers_are_tightened_for_the_own_company_alone(
    ana: Browser, sqlite_cast: Cast
) -> None:
    assert (await ana.submit(HERE, typed(**STRICT))).status_code == 303
    alfa = await Company.of(sqlite_cast.alfa).get()
    assert {name: str(getattr(alfa, name)) for name in STRICT} == STRICT
    beta = await Company.of(sqlite_cast.beta).get()
    assert {name: str(getattr(beta, name)) for name in PRODUCT} == PRODUCT
    tree = await ana.read(HERE)
    assert {name: tree.one(f"#{name}").attributes["value"] for name in STRICT} == STRICT


@pytest.mark.parametrize("name", list(PRODUCT))
@pytest.mark.parametrize("value", ["more", "0", "", "x"])
async def test_no_breaker_is_loosened_and_the_refusal_says_how_far_one_may_go(
    ana: Browser, sqlite_cast: Cast, name: str, value: str
) -> None:
    most = PRODUCT[name]
    given = str(int(most) + 1) if value == "more" else value
    answer = await ana.submit(HERE, typed(**{name: given}))
    assert answer.status_code == 422
    wrong = Page(answer.text).one(f"#{name}-error").text(strip=True)
    assert wrong == f"Use um número de 1 a {most}: esta proteção só pode ficar mais rígida."
    kept = await Company.of(sqlite_cast.alfa).get()
    assert str(getattr(kept, name)) == most
    assert kept.cool_down_days == 0
