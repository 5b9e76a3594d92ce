"""The line that tells people how to leave, under the first thing they get of a Campaign. Pure.

Fixed in the text when it is prepared, as the preview shows it.
"""

from __future__ import annotations

import re

from esquadrao.contacts.fold import fold

# In Portuguese, as our people write: the Contact's language is not known.
FOOTER = "Responda SAIR para não receber mais."
SAYS_SO = re.compile(r"\bSAIR\b")  # in capitals, as a word to answer with is written


def signed(text: str) -> str:
    """The text with the line, where it does not say so itself."""
    if not text or SAYS_SO.search(text) or "responda sair" in fold(text):
        return text
    return f"{text}\n\n{FOOTER}"
