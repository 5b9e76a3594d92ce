"""Sentences for people, in the language of the caller: Accept-Language, else the User's own, else pt-BR.

The catalogues are those of the pages (one translation of a sentence for the whole product); a missing one is pt-BR.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from babel import negotiate_locale
from babel.support import NullTranslations, Translations

DEFAULT = "pt-BR"
LANGUAGES = {"pt-BR": "pt_BR", "en": "en"}  # tag → folder of the catalogue
ALIASES = {"pt": "pt_BR", "en": "en"}


def preferred(accept_language: str | None) -> str | None:
    """The best of our languages for an Accept-Language header; None when it names none of them."""
    tags = [
        part.split(";")[0].strip().replace("-", "_") for part in (accept_language or "").split(",")
    ]
    found = negotiate_locale(tags, LANGUAGES.values(), aliases=ALIASES)
    return next((tag for tag, folder in LANGUAGES.items() if folder == found), None)


def said(sentence: str, values: Mapping[str, object], *, language: str) -> str:
    """The sentence of a domain error or reason with its places filled."""
    text = _catalogue(language).ugettext(sentence) if sentence else ""
    return text.format(**values) if values else text


@cache
def _catalogue(language: str) -> NullTranslations:
    spec = find_spec(
        "web"
    )  # found, not imported: neighbours are strangers, but the words are the same
    if spec is None or not spec.origin:
        return NullTranslations()
    return Translations.load(
        Path(spec.origin).parent / "locale", [LANGUAGES.get(language, LANGUAGES[DEFAULT])]
    )
