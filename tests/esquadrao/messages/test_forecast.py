"""The expected end against the gate itself, sending one by one: within 15 %."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest

from esquadrao.channels.hours import CLOSED, Hours
from esquadrao.channels.pace import Preset, Range, Spent, spend
from esquadrao.messages.campaign_pace import gap_from, until
from esquadrao.messages.forecast import expected_end
from esquadrao.messages.gate import Facts, gate
from esquadrao.messages.gate_codes import Wait
from tests.gate_examples import NOW, TODAY, facts, simulated


def really(held: Facts, many: int) -> timedelta:
    """How long the gate takes to let so many through."""
    now, random, sent = NOW, Random(3), 0
    while sent < many:
        answer = gate(held, now)
        if isinstance(answer, Wait):
            assert answer.until is not None
            now = answer.until
            continue
        sent += 1
        spent = spend(
            held.spent,
            held.pace(now),
            now=now,
            today=held.hours.today(now),
            is_cold=held.is_cold,
            random=random,
        )
        slow = held.campaign_gap
        held = replace(
            held, spent=spent, campaign_until=until(slow, now, random) if slow.most else None
        )
    return now - NOW


@pytest.mark.parametrize("preset", [Preset.SAFE, Preset.MODERATE, Preset.CONVERSATIONS])
@pytest.mark.parametrize("many", [60, 300, 1_500])
def test_the_expected_end_is_within_15_percent(preset: Preset, many: int) -> None:
    held = facts(choice={"preset": preset})
    end = expected_end(held, many, NOW)
    assert end is not None
    assert abs((end - NOW) / really(held, many) - 1) <= 0.15


@pytest.mark.parametrize("least", [20, 90, 300, 1_800])
def test_it_knows_the_campaigns_own_pace(least: int) -> None:
    held = replace(facts(), campaign_gap=gap_from(least))
    for many in (20, 120):
        end = expected_end(held, many, NOW)
        assert end is not None
        assert abs((end - NOW) / really(held, many) - 1) <= 0.15


def test_it_knows_the_warm_up_what_is_spent_and_who_never_wrote() -> None:
    young = facts(choice={"in_use_since": NOW - timedelta(days=2)}, spent=Spent(day=TODAY, sent=15))
    for held, many in ((young, 130), (replace(facts(), is_cold=True), 70)):
        end = expected_end(held, many, NOW)
        assert end is not None
        assert abs((end - NOW) / really(held, many) - 1) <= 0.15


def test_what_never_opens_has_no_end() -> None:
    assert expected_end(facts(hours=Hours(week=" ".join([CLOSED] * 7))), 10, NOW) is None


def test_the_simulator_ends_by_its_own_gap() -> None:
    held = simulated(facts(choice={"own_gap": Range(1, 3)}))
    assert expected_end(held, 100, NOW) == NOW + timedelta(seconds=230)
