"""The hand-over protocol over all interleavings, and every weakening of it caught."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from tests.model.search import explore
from tests.model.state import MUTANTS, PRODUCT, REPAIRS

MOST = 60_000  # states of one search
MOST_OF_PRODUCT = (
    15_000  # where nothing is found all are walked; `python -m tests.model.search 1` goes on
)
SENT_TO_0 = ("dispatcher commits claim 1", "dispatcher hands over send 1")
DOUBTED = (
    *SENT_TO_0,
    *("sweeper asks 1", "0 reads send 1", "0 commits writing(1)", "ask 1 is answered: doubt"),
    *("engine applies doubt(1)", "person: send again"),
    *("dispatcher commits claim 2", "dispatcher hands over send 2", "0 checks its lease"),
)


@dataclass(frozen=True)
class Hunt:
    """How a weakening is found quickly: so many faults, of these kinds, after this beginning."""

    faults: int = 0
    kinds: tuple[str, ...] = ()
    beginning: tuple[str, ...] = ()


RESTORED = Hunt(1, ("restored",))
HUNTS = {
    "high_water_mark": Hunt(1, ("lease moves",), DOUBTED),
    "id_from_sequence": RESTORED,
    "restore_engine": RESTORED,
    "restore_all": RESTORED,
    "cmd_ledger": Hunt(2, ("restored", "reclaimed"), (*SENT_TO_0, "0 reads send 1")),
}


def broken(on: frozenset[str], weakness: str, *, most: int = MOST) -> dict[str, list[str]]:
    hunt = HUNTS.get(weakness, Hunt())
    found = explore(on, hunt.faults, most=most, kinds=hunt.kinds, beginning=hunt.beginning)
    return found.broken


def test_every_interleaving_without_faults_keeps_every_promise() -> None:
    found = explore(PRODUCT, 0)
    assert found.broken == {}
    assert found.is_whole
    assert found.states > 10_000


@pytest.mark.parametrize("weakness", HUNTS)
def test_where_a_weakness_was_hunted_the_product_keeps_every_promise(weakness: str) -> None:
    assert broken(PRODUCT, weakness, most=MOST_OF_PRODUCT) == {}


@pytest.mark.parametrize("mutant", MUTANTS)
def test_a_mutant_of_the_protocol_is_caught(mutant: str) -> None:
    assert broken(PRODUCT | {mutant}, mutant)


@pytest.mark.parametrize("repair", REPAIRS)
def test_no_rule_of_the_protocol_can_be_left_out(repair: str) -> None:
    assert broken(PRODUCT - {repair}, repair)
