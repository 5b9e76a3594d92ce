"""Every state and reason has its words; none shows its code by accident."""

from __future__ import annotations

import pytest

from esquadrao.campaigns import wording
from esquadrao.campaigns.lifecycle import CampaignState, DeliveryClass, PauseReason, SkipReason
from esquadrao.campaigns.models import MissingVariable


def test_every_member_has_its_words() -> None:
    assert set(wording.STATES) == set(CampaignState)
    assert set(wording.PAUSES) == set(PauseReason)
    assert set(wording.SKIPS) == set(SkipReason)
    assert set(wording.CLASSES) == set(wording.CLASS_TABS) == set(DeliveryClass)
    assert set(wording.POLICIES) == set(MissingVariable)


def test_every_state_is_under_one_tab() -> None:
    tabs = [
        state for name, (_, states) in wording.TABS.items() if name != "all" for state in states
    ]
    assert sorted(tabs) == sorted(CampaignState)


@pytest.mark.parametrize("reason", ["", *SkipReason, *wording.FAILURES, "463"])
def test_a_reason_is_a_sentence(reason: str) -> None:
    sentence, values = wording.reason_sentence(reason)
    assert bool(sentence) == bool(reason)
    assert "{" not in sentence.format(**values)
