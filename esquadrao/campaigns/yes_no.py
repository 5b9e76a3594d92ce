"""Whether a text answers a confirmation request: a pure function over words (ux.md, Brazil).

Folded as an opt-out is, so that case, accents, punctuation and courtesy change nothing. "Sim, mas só amanhã" is
neither.
"""

from __future__ import annotations

from esquadrao.campaigns.models import Answer
from esquadrao.contacts.optout import LONGEST, bare

YES = frozenset({
    "sim", "s", "1", "ok", "quero", "confirmo", "aceito", "claro", "pode", "pode enviar",
    "yes", "y", "yeah", "sure",
})  # fmt: skip
NO = frozenset({"nao", "n", "2", "agora nao", "nao quero", "no", "not now"})
BEGINS = frozenset({"sim", "quero", "pode", "claro", "yes"})  # a few words that begin so
UNDOES = frozenset({"nao", "n", "mas", "depois", "no", "not", "but", "later"})
MOST_WORDS = 5
SKIN = range(0x1F3FB, 0x1F400)  # the tones of a thumb


def yes_or_no(text: str) -> Answer | None:
    """YES, NO, or None for what is neither."""
    if len(text) > LONGEST:
        return None
    if thumb := _thumb(text):
        return thumb
    said = bare(text)
    words = said.split()
    if said in NO:
        return Answer.NO
    begins = bool(words) and len(words) <= MOST_WORDS and words[0] in BEGINS
    if said in YES or (begins and not UNDOES & set(words)):
        return Answer.YES
    return None


def _thumb(text: str) -> Answer | None:
    """Thumbs alone: folding would leave nothing of them."""
    shown = {one for one in text if ord(one) not in SKIN and not one.isspace() and one != "\ufe0f"}
    return {"👍": Answer.YES, "👎": Answer.NO}.get("".join(shown))
