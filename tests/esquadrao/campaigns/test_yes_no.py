"""What is a yes, what a no, and what is neither."""

from __future__ import annotations

import pytest

from esquadrao.campaigns.models import Answer
from esquadrao.campaigns.yes_no import yes_or_no

YES = """Sim|SIM!!|s|1|1️⃣|ok|Ok 👌|quero|Quero sim|confirmo|aceito|Claro!|claro que sim|pode|Pode enviar
pode mandar pra mim|sim, por favor|Bom dia, sim|Sim, obrigada|👍|👍🏽|👍👍|  sim  |si\u200bm|yes"""
NO = "não|Nao|n|2|agora não|não quero|Não, obrigado|nao obrigada|👎|👎🏿|no|NÃO!!!"
NEITHER = """talvez|sim, mas só amanhã|sim depois|quero mais não|pode não|quanto custa?|sim não|obrigado|oi|12|11|👍👎
quero saber o preço disso antes de decidir|não sei|a|s n|pode ser que eu queira outro dia|simpático|depois eu vejo|?"""


def _lines(text: str) -> list[str]:
    return [one for line in text.splitlines() for one in line.split("|")]


@pytest.mark.parametrize("text", _lines(YES))
def test_these_are_a_yes(text: str) -> None:
    assert yes_or_no(text) is Answer.YES


@pytest.mark.parametrize("text", _lines(NO))
def test_these_are_a_no(text: str) -> None:
    assert yes_or_no(text) is Answer.NO


@pytest.mark.parametrize("text", ["", "   ", "sim " * 200, *_lines(NEITHER)])
def test_these_are_neither(text: str) -> None:
    assert yes_or_no(text) is None
