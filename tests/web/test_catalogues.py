from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from babel.messages.catalog import Catalog, Message

from web.catalogues import said_in_code, untranslated, update, written

PLACES = re.compile(r"(?<!\{)\{(\w+)\}(?!\})")
LANGUAGES = ["en", "pt_BR"]


@pytest.fixture(scope="module")
def found() -> Catalog:
    return said_in_code()


def texts(value: str | tuple[str, ...] | list[str] | None) -> list[str]:
    return [value] if isinstance(value, str) else list(value or ())


def messages(language: str) -> Iterator[Message]:
    return (message for message in written(language) if message.id)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_is_in_every_language(language: str, found: Catalog) -> None:
    """Cure: `python -m web.catalogues`, then fill the empty places of messages.po."""
    assert len(found) > 100
    assert untranslated(language, found) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_bringing_a_catalogue_up_to_date_changes_nothing(language: str, found: Catalog) -> None:
    fresh = {str(one.id): one.string for one in update(language, found) if one.id}
    kept = {str(one.id): one.string for one in messages(language)}
    assert fresh == kept


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_has_the_places_of_its_sentence(language: str) -> None:
    for message in messages(language):
        wanted = set(PLACES.findall(" ".join(texts(message.id))))
        for text in texts(message.string):
            assert set(PLACES.findall(text)) <= wanted, message.id
        assert set(PLACES.findall(" ".join(texts(message.string)))) == wanted, message.id


@pytest.mark.parametrize("language", LANGUAGES)
def test_places_are_written_in_braces(language: str) -> None:
    assert [message.id for message in messages(language) if "%(" in str(message.id)] == []
