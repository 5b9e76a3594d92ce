"""Find Contacts by a part of name, e-mail or phone, whatever the accents and the way a number is written."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from tortoise.expressions import Q
from tortoise.queryset import QuerySet

from esquadrao.companies.models import Company
from esquadrao.contacts.fold import fold
from esquadrao.contacts.models import Contact
from esquadrao.errors import Invalid
from esquadrao.words import N_

PAGE = 50  # rows
MOST_COUNTED = 5_000
LONGEST_TEXT = 100  # characters of a search
MOST_WORDS = 8
DIGITS_OF_A_PHONE = 4  # fewer digits alone may be anything


@dataclass(frozen=True, slots=True)
class Page:
    rows: list[Contact]
    next: str | None  # give it as `after` for the page that follows; None on the last


def matching(company: Company | UUID, text: str) -> QuerySet[Contact]:
    """The Company's Contacts that hold every word of the text; all of them for an empty one."""
    found = Contact.of(company)
    for word in _words(text):
        found = found.filter(search_text__contains=word)
    return found


async def search(
    company: Company | UUID, *, text: str = "", after: str | None = None, limit: int = PAGE
) -> Page:
    """The newest first. Raises Invalid for an `after` that no page gave."""
    found = matching(company, text)
    if after:
        moment, last = _read(after)
        found = found.filter(Q(created_at__lt=moment) | Q(created_at=moment, id__lt=last))
    rows = await found.order_by("-created_at", "-id").limit(limit + 1)
    more = len(rows) > limit
    rows = rows[:limit]
    return Page(rows, _write(rows[-1]) if more else None)


async def counted(company: Company | UUID, text: str) -> int:
    """How many there are, MOST_COUNTED + 1 where there are more: to count a million takes longer than to show them."""
    return len(await matching(company, text).limit(MOST_COUNTED + 1).values_list("id", flat=True))


def _words(text: str) -> list[str]:
    folded = fold(text[:LONGEST_TEXT])
    digits = folded.replace(" ", "")
    if digits.isdecimal() and len(digits) >= DIGITS_OF_A_PHONE:
        return [digits.lstrip("0") or digits]  # a phone: blanks and trunk 0 are how it was written
    return folded.split()[:MOST_WORDS]


def _write(last: Contact) -> str:
    return f"{last.created_at.astimezone(UTC).timestamp():.6f}_{last.id}"


def _read(cursor: str) -> tuple[datetime, UUID]:
    moment, _, last = cursor.partition("_")
    try:
        return datetime.fromtimestamp(float(moment), UTC), UUID(last)
    except (ValueError, OverflowError, OSError) as error:
        raise Invalid(
            N_("Esta página não existe mais. Volte ao começo da lista."), code="invalid_cursor"
        ) from error
