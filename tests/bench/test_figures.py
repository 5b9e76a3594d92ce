"""What a figure says of itself, and how figures are picked."""

from __future__ import annotations

import pytest

from tests.bench.figures import Figure, percentile
from tests.bench.registry import BENCHES, chosen


def test_a_ratio_is_to_the_baseline_and_a_target_may_bound_it() -> None:
    slow = Figure("process", 3.2, "s", 2.0, "bare", 1.5, "ratio", "most")
    assert slow.ratio == pytest.approx(1.6)
    assert slow.met is False
    assert Figure("process", 3.0, "s", 2.0, "bare", 1.5, "ratio", "most").met is True


def test_a_figure_without_a_target_only_informs() -> None:
    assert Figure("import", 5_000, "rows/s", 10_000).met is None


def test_a_rate_below_its_target_is_not_met() -> None:
    assert Figure("chain", 199, "messages/s", target=200).met is False
    assert Figure("chain", 200, "messages/s", target=200).met is True


def test_a_percentile_is_a_value_that_was_seen() -> None:
    assert percentile([3.0, 1.0, 2.0], 99) == 3.0
    assert percentile([float(n) for n in range(1, 101)], 95) == 95.0


def test_a_figure_is_picked_by_its_name_or_by_the_beginning_of_it() -> None:
    assert [one.name for one in chosen("chain.sqlite,import")] == [
        "import.sqlite",
        "import.postgres",
        "chain.sqlite",
    ]
    assert list(chosen("")) == list(BENCHES)


def test_an_unknown_figure_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match=r"no figure 'chian'"):
        chosen("chian")


def test_each_figure_has_its_measure() -> None:
    assert all(callable(one.load()) for one in BENCHES)
