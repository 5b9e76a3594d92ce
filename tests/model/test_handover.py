"""The hand-over protocol over all interleavings, and every weakening of it caught."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from tests.model.exact import dead_end, walk
from tests.model.search import search
from tests.model.state import MUTANTS, PRODUCT, REPAIRS, Rules

MOST = 60_000  # states of one hunt
SENT_TO_0 = ("dispatcher commits claim 1", "dispatcher hands over send 1")
DOUBTED = (
    *SENT_TO_0,
    *("sweeper asks 1", "0 reads send 1", "0 commits writing(1)", "ask 1 is answered: doubt"),
    *("engine applies doubt(1)", "person: send again"),
    *("dispatcher commits claim 2", "dispatcher hands over send 2", "0 checks its lease"),
)
WEAKENED: dict[str, Rules] = {
    **{mutant: PRODUCT | {mutant} for mutant in MUTANTS},
    **{repair: PRODUCT - {repair} for repair in REPAIRS},
}


@dataclass(frozen=True)
class Hunt:
    """How a weakening is found quickly with nothing merged: so many faults, of these kinds, after this beginning."""

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
    "nobody_asks": Hunt(beginning=("dispatcher commits claim 1", "dispatcher dies holding send 1")),
}
# Each takes away what the normal form rests on: epochs, or that a restore raises claims and changes the ledger.
EXACT_ONLY = {"high_water_mark", "restore_engine", "restore_all", "cmd_ledger"}


def test_any_number_of_faults_in_any_interleaving_keeps_every_promise() -> None:
    found = search(PRODUCT)
    assert found.broken == {}
    assert found.states > 9_000
    assert (
        len(found.new) > 4
    )  # the fifth fault still shows new states; the last layer shows none beyond it


@pytest.mark.parametrize("weakness", WEAKENED)
def test_a_weakened_protocol_is_caught(weakness: str) -> None:
    hunt, on = HUNTS.get(weakness, Hunt()), WEAKENED[weakness]
    found = walk(on, hunt.faults, most=MOST, kinds=hunt.kinds, beginning=hunt.beginning)
    assert found.broken or (found.is_whole and dead_end(found, on) is not None)


@pytest.mark.parametrize("weakness", sorted(WEAKENED.keys() - EXACT_ONLY))
def test_a_weakened_protocol_is_caught_where_states_are_merged(weakness: str) -> None:
    assert search(WEAKENED[weakness], first=True).broken
