"""Fold: how words of people are compared, so that case, accents and punctuation change nothing (ux.md, Brazil)."""

from __future__ import annotations

import re
import unicodedata

KEYCAP = "\N{COMBINING ENCLOSING KEYCAP}"
NOT_ALNUM = re.compile(r"[\W_]+")


def fold(text: str) -> str:
    """NFKD without marks, casefolded, each run of anything but letters and digits one space."""
    bare = "".join(
        one
        for one in unicodedata.normalize("NFKD", text)
        if one != KEYCAP and not unicodedata.combining(one)
    )
    return NOT_ALNUM.sub(" ", bare.casefold()).strip()
