"""Whether a text asks us to stop: a pure function over words (ux.md, Brazil; product.md, Rules).

A text is folded, so that case, accents, punctuation, emoji and invisible characters change nothing, and courtesy at
both ends is cut. What remains must be one of the phrases, or one pattern with no word besides: "sair da lista" counts,
"sair da lista de espera" does not. What is doubtful stops nothing and calls a person.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterable, Sequence
from enum import StrEnum

from esquadrao.contacts.fold import fold

LONGEST = 300  # characters; nobody writes more to leave, and folding a novel costs time
MOST_WORDS = 8  # of a pattern


class Asks(StrEnum):
    NOTHING = "nothing"
    OUT = "out"
    BACK = "back"
    DOUBTFUL = "doubtful"  # "me deixa em paz": a person decides


def _phrases(text: str) -> frozenset[str]:
    return frozenset(one.strip() for one in text.split(","))


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


WHOLE = _phrases(
    "sair, parar, pare, stop, descadastrar, descadastre, descadastro, remover, unsubscribe, quero sair, me remova, "
    "me descadastre, me descadastra, nao quero receber, nao quero mais receber, nao me mande mais, "
    "unsubscribe me, opt out, optout, remove me, stop messaging me, stop sending me messages"
)
AFTER_CAMPAIGN = _phrases("cancelar, cancela, cancele")
BACK = _phrases("voltar, iniciar, quero receber")
DOUBTFUL = _phrases("me deixa em paz, me deixe em paz, nao conheco")
COURTESY = sorted(
    _phrases(
        "por favor, pf, obrigado, obrigada, obg, oi, ola, bom dia, boa tarde, boa noite, please, thanks, thank you, "
        "hi, hello"
    ),
    key=len,
    reverse=True,
)
NOUNS = _words(
    "mensagem mensagens msg msgs zap whatsapp propaganda propagandas promocao promocoes anuncio anuncios"
)
FILLERS = _words(
    "a as o os de da das do dos dessa desse essa essas esse esses sua suas voces me mim meu pra para por no mais nada "
    "nenhum nenhuma eu"
)
SENDING = _words("mandar enviar receber")
LISTS = _words("lista contato contatos")
# Each pattern is steps in order; a step is the words that take it.
PATTERNS: tuple[tuple[frozenset[str], ...], ...] = (
    (_words("para parar pare parem"), _words("de"), SENDING),
    (_words("nao"), _words("quero"), NOUNS | {"receber"}),
    (_words("nao"), _words("mande mandem manda envie enviem envia"), NOUNS),
    (
        _words("tira tire tirem remova remove removam exclua exclui excluam sair"),
        LISTS,
    ),
    (_words("quero"), _words("sair"), LISTS),
    (_words("quero"), _words("parar"), _words("de"), SENDING),
)


def asks(text: str, *, after_campaign: bool = False, own_words: Collection[str] = ()) -> Asks:
    """What a text asks of us.

    `after_campaign`: the last thing this Channel sent was a Campaign's, within 7 days; only then "cancelar" alone
    counts.
    `own_words`: folded phrases the Company added to those that count as a whole message.
    """
    if len(text) > LONGEST:
        return Asks.NOTHING
    said = bare(text)
    if said in WHOLE or said in own_words or (after_campaign and said in AFTER_CAMPAIGN):
        return Asks.OUT
    if said in BACK:
        return Asks.BACK
    if _matches(said.split()):
        return Asks.OUT
    return Asks.DOUBTFUL if said in DOUBTFUL else Asks.NOTHING


def bare(text: str) -> str:
    """Folded, without invisible characters (D26) and without courtesy at both ends."""
    visible = "".join(one for one in text if unicodedata.category(one) != "Cf")
    said = fold(visible)
    while (cut := _without_courtesy(said)) != said:
        said = cut
    return said


def _without_courtesy(said: str) -> str:
    for one in COURTESY:
        if said == one:
            return ""
        if said.startswith(f"{one} "):
            return said[len(one) + 1 :]
        if said.endswith(f" {one}"):
            return said[: -len(one) - 1]
    return said


def _matches(words: Sequence[str]) -> bool:
    return len(words) <= MOST_WORDS and any(_is(pattern, words) for pattern in PATTERNS)


def _is(pattern: Iterable[frozenset[str]], words: Sequence[str]) -> bool:
    """The steps in order, and no word that is neither a step's, a noun of messages nor a filler."""
    allowed = NOUNS | FILLERS | frozenset().union(*pattern)
    if not all(word in allowed for word in words):
        return False
    rest = iter(words)
    return all(any(word in step for word in rest) for step in pattern)
