"""What a Company chose for its breakers only tightens the product's, whatever its row says."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from esquadrao.campaigns.breakers import PRODUCT, limits_of
from esquadrao.companies.models import Company


@given(
    failed=st.integers(-9, 200),
    opt_outs=st.integers(-9, 200),
    undelivered=st.integers(-9, 200),
    minutes=st.integers(-9, 200),
)
def test_whatever_a_row_holds_no_company_is_looser_than_the_product(
    failed: int, opt_outs: int, undelivered: int, minutes: int
) -> None:
    company = Company(
        most_failed=failed,
        most_opt_outs=opt_outs,
        most_undelivered=undelivered,
        most_minutes_away=minutes,
    )
    own = limits_of(company)
    assert own == PRODUCT.tightened(own)
    assert limits_of(Company()) == PRODUCT


@pytest.mark.parametrize(
    ("percent", "out", "of", "stops"),
    [(3, 1, 10, False), (3, 2, 50, True), (3, 2, 3, True), (2, 1, 50, True), (1, 1, 50, True)],
)
def test_opt_outs_of_the_last_fifty(*, percent: int, out: int, of: int, stops: bool) -> None:
    """Two at least, unless the Company is stricter."""
    assert limits_of(Company(most_opt_outs=percent)).is_left_by_many(out, of) is stops
