"""The language and the clock of whoever looks: sentences, numbers and moments.

A sentence is a gettext msgid in pt-BR with named places in braces: `_("{count} contatos", count=12)`. The catalogue of
pt-BR is the identity, so it may be absent; `en` is a translation. Context variables hold the language and the zone of
the request, for words only; rights and Companies never travel this way.
"""

from __future__ import annotations

from contextvars import ContextVar
from datetime import datetime
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from babel import Locale, negotiate_locale
from babel.numbers import format_decimal, format_percent
from babel.support import NullTranslations, Translations

from esquadrao.errors import EsquadraoError, Issue

LOCALES = Path(__file__).parent / "locale"
LANGUAGES = {
    "pt-BR": "pt_BR",
    "en": "en",
}  # the tag of HTML and of User.language → the folder of its catalogue
DEFAULT = "pt-BR"
DEFAULT_ZONE = "America/Sao_Paulo"

_language: ContextVar[str] = ContextVar("language", default=DEFAULT)
_zone: ContextVar[str] = ContextVar("zone", default=DEFAULT_ZONE)


def speak(language: str, *, zone: str = DEFAULT_ZONE) -> None:
    """From here on this request speaks `language` and shows moments in `zone`."""
    _language.set(language if language in LANGUAGES else DEFAULT)
    _zone.set(zone)


def language() -> str:
    return _language.get()


def preferred(accept_language: str) -> str:
    """The best of our languages for an Accept-Language header."""
    wanted = [part.split(";")[0].strip().replace("-", "_") for part in accept_language.split(",")]
    aliases = {"pt": "pt_BR", "en": "en"}
    found = negotiate_locale(wanted, LANGUAGES.values(), aliases=aliases)
    return next((tag for tag, folder in LANGUAGES.items() if folder == found), DEFAULT)


@cache
def catalogue(tag: str) -> NullTranslations:
    return Translations.load(LOCALES, [LANGUAGES[tag]])


def _(sentence: str, **values: object) -> str:
    said = catalogue(language()).ugettext(sentence) if sentence else ""
    return said.format(**values) if values else said


def ngettext(one: str, many: str, number: int, **values: object) -> str:
    """The sentence for `number`, which fills {number}, written as people write numbers."""
    said = catalogue(language()).ungettext(one, many, number)
    return said.format(number=decimal(number), **values)


def words_of(failure: EsquadraoError | Issue) -> str:
    """The sentence of an error or of one of its fields, in the reader's language."""
    return _(failure.sentence, **dict(failure.values))


def locale() -> Locale:
    return Locale.parse(LANGUAGES[language()])


def decimal(number: float) -> str:
    return format_decimal(number, locale=locale())


def percent(part: float, whole: float) -> str:
    """A share as people write it; of nothing it is 0 %."""
    return format_percent(part / whole if whole else 0, locale=locale())


def zone() -> ZoneInfo:
    return ZoneInfo(_zone.get())


def moment(when: datetime | None, form: str = "%d/%m/%Y %H:%M") -> str:
    """A moment on the Company's wall clock; an absent one is a dash."""
    return "–" if when is None else when.astimezone(zone()).strftime(form)


def clock(when: datetime | None) -> str:
    return moment(when, "%H:%M")
