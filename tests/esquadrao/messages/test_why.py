"""Every rule of the gate is a sentence people can act on, on the page, in each language."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from esquadrao.channels.hours import OWN_DAY, Hours
from esquadrao.messages.gate import gate
from esquadrao.messages.gate_codes import By, Code, Wait
from esquadrao.messages.gate_wording import WHO, WORDS
from esquadrao.messages.why import Why, explained
from tests.browsing import Page
from tests.gate_examples import EXAMPLES, facts
from web import i18n, relative
from web.rendering import environment

LANGUAGES = ("pt-BR", "en")


def why_of(code: Code) -> Why:
    held, now = EXAMPLES[code]
    answer = gate(held, now)
    assert isinstance(answer, Wait)
    return explained(answer, channel="Vendas 1", name="Ana" if answer.who_set_it.user_id else "")


def shown(why: Why) -> Page:
    """As the campaign's page shows it."""
    until = i18n.moment(why.until) if why.until else ""
    macro = environment().get_template("shared/why.html").module.why  # type: ignore[attr-defined]
    return Page(str(macro(why, until, relative.day(why.who_at))))


@pytest.fixture(params=LANGUAGES)
def language(request: pytest.FixtureRequest) -> Iterator[str]:
    i18n.speak(request.param)
    yield request.param
    i18n.speak(i18n.DEFAULT)


def test_every_code_and_every_author_has_its_words() -> None:
    assert set(WORDS) == set(Code) == set(EXAMPLES)
    assert set(WHO) == set(By)


@pytest.mark.parametrize("code", Code)
def test_every_code_is_read_on_the_page(code: Code, language: str) -> None:
    why = why_of(code)
    page = shown(why)
    text = page.words()
    assert text.startswith("Vendas 1: ")
    assert "{" not in text
    assert page.one(".who").text().startswith("· ")
    assert len(page.one(".todo").text()) > 20
    if why.until is not None:
        assert i18n.moment(why.until) in text
    if why.values.get("limit"):
        assert why.values["limit"] in text


@pytest.mark.parametrize("code", Code)
def test_the_languages_do_not_say_the_same(code: Code) -> None:
    said = []
    for tag in LANGUAGES:
        i18n.speak(tag)
        said.append(shown(why_of(code)).words())
    i18n.speak(i18n.DEFAULT)
    assert said[0] != said[1]


def test_the_author_of_a_rule_is_named_with_the_day() -> None:
    text = shown(why_of(Code.HOURS)).words()
    assert "horário da empresa, por Ana em 12/11/2026" in text
    assert "30/11/2026 08:00" in text  # Monday, on the wall of São Paulo


def test_a_day_of_the_companys_own_is_no_holiday_with_a_name() -> None:
    held, now = facts(hours=Hours(own="12-28")), EXAMPLES[Code.HOLIDAY][1].replace(day=28)
    answer = gate(held, now)
    assert isinstance(answer, Wait)
    text = shown(explained(answer, channel="Vendas 1")).words()
    assert "Hoje é um dia sem envios da empresa." in text
    assert OWN_DAY not in text.split()
