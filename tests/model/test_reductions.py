"""What `search` merges and leaves out, held against walks that do neither."""

from __future__ import annotations

import random

import pytest

from tests.model.covered import Cover
from tests.model.exact import Walked, dead_end, walk
from tests.model.promises import broken, moves
from tests.model.search import search
from tests.model.state import PRODUCT, State, initial

FAULTS = 4
WALKS, STEPS = 60, 150
FAULT_IN = 6  # one of so many steps is a fault, while any are left


@pytest.fixture(scope="module")
def plain() -> Walked:
    """Every interleaving without faults, every state of its own."""
    return walk(PRODUCT, 0)


@pytest.fixture(scope="module")
def cover() -> Cover:
    return Cover(search(PRODUCT))


def test_without_faults_nothing_is_lost_by_merging(plain: Walked, cover: Cover) -> None:
    assert plain.is_whole
    assert len(plain.parents) == 83_206
    assert all(cover.holds(s, faults) for s, faults in plain.parents)


def test_without_faults_the_whole_walk_breaks_no_promise_either(plain: Walked) -> None:
    assert plain.broken == {}
    assert dead_end(plain, PRODUCT) is None


def test_with_faults_whatever_a_long_walk_comes_to_was_walked(cover: Cover) -> None:
    draw = random.Random("handover")
    for _ in range(WALKS):
        s, faults = initial(), 0
        for _ in range(STEPS):
            s, is_fault = _step(s, draw, may_fault=faults < FAULTS)
            faults += is_fault
            assert cover.holds(s, faults), s


def test_a_search_that_misses_states_covers_less(plain: Walked) -> None:
    less = Cover(search(PRODUCT | {"nobody_asks"}, 0))
    assert not all(less.holds(s, faults) for s, faults in plain.parents)


def _step(s: State, draw: random.Random, *, may_fault: bool) -> tuple[State, bool]:
    every = sorted(moves(s, PRODUCT), key=lambda move: move.label)
    faulty = [move for move in every if move.fault]
    if faulty and may_fault and draw.randrange(FAULT_IN) == 0:
        every = faulty
    else:
        every = [move for move in every if not move.fault]
    if not every:
        return initial(), False
    move = draw.choice(every)
    assert not any(broken(s, move))
    return move.after, move.fault
