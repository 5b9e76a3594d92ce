"""Whole phones taken out of whatever a process writes about itself: its log, and what it tells Sentry."""

from __future__ import annotations

import re
from typing import Any

# 12 to 17 digits that stand by themselves, or what begins with a plus sign, with spaces, brackets or dashes; `%2B` is
# the plus sign of an address. Not the end of a UUID, an id among letters, a fraction, or Redis' `moment-number`.
PHONE = re.compile(
    r"(?:(?<=%2[Bb])|(?<![0-9A-Za-z])(?<!\d\.)(?<![0-9A-Fa-f]{4}-))"
    r"(?:\+\d[\d ()-]{6,16}|\+?\d{8,13})"
    r"(?=\d{4}(?![0-9A-Za-z])(?!-\d{1,4}(?!\d)))"
)


def masked(value: Any) -> Any:
    """`+5511987654321` → `***4321`: enough to find a row with its owner, not enough to write to it."""
    if isinstance(value, str):
        return PHONE.sub("***", value)
    if isinstance(value, dict):
        return {key: masked(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [masked(one) for one in value]
    if value is None or isinstance(value, bool | int | float):
        return value
    return PHONE.sub("***", repr(value))
