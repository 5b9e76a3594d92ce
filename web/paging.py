"""What an address says about where a page begins. Nonsense begins at the beginning."""

from __future__ import annotations

from uuid import UUID

MOST_DIGITS = 18  # of a BIGINT


def uuid_of(given: str) -> UUID | None:
    try:
        return UUID(given)
    except ValueError:
        return None


def number_of(given: str) -> int | None:
    is_number = given.isascii() and given.isdigit() and len(given) <= MOST_DIGITS
    return int(given) if is_number else None
