"""The presets of the product, held to the letter, and a whole day of sending simulated without a clock."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from esquadrao.channels.pace import (
    TERMS,
    Choice,
    Decides,
    Pace,
    Preset,
    Range,
    Spent,
    spend,
    spend_reply,
)

NOON = datetime(2026, 11, 24, 15, tzinfo=UTC)
TODAY = NOON.date()
REAL = [one for one in Preset if one is not Preset.SIMULATOR]


def pace(preset: Preset, *, age: int | None, **more: object) -> Pace:
    choice = Choice(preset, **more)  # type: ignore[arg-type]
    return choice.at(NOON, today=TODAY, since=None if age is None else TODAY - timedelta(days=age))


@pytest.mark.parametrize(
    ("age", "per_day", "cold", "changes_in"),
    [
        (0, 20, 5, 4),
        (3, 20, 5, 1),
        (4, 50, 5, 4),
        (7, 50, 5, 1),
        (8, 100, 5, 7),
        (14, 100, 5, 1),
        (15, 200, 10, 16),
        (30, 200, 10, 1),
        (31, 400, 20, None),
    ],
)
def test_a_new_number_warms_up(age: int, per_day: int, cold: int, changes_in: int | None) -> None:
    seen = pace(Preset.SAFE, age=age)
    assert (seen.per_day, seen.cold_per_day, seen.per_hour) == (per_day, cold, 120)
    changes_on = TODAY + timedelta(days=changes_in) if changes_in else None
    assert seen.changes_on == changes_on
    if changes_in:
        assert pace(Preset.SAFE, age=age + changes_in).per_day > per_day
        assert pace(Preset.SAFE, age=age + changes_in - 1).per_day == per_day


def test_a_number_of_unknown_age_is_new() -> None:
    assert pace(Preset.SAFE, age=None) == pace(Preset.SAFE, age=0)


def test_a_quick_pace_is_for_a_number_in_use_for_more_than_30_days() -> None:
    assert pace(Preset.MODERATE, age=30) == pace(Preset.SAFE, age=30)
    quick = pace(Preset.MODERATE, age=31)
    assert (quick.gap, quick.per_hour, quick.per_day) == (Range(10, 25), 200, 800)
    assert quick.cold_per_day == 40


def test_conversations_have_no_budget_for_strangers() -> None:
    for age in (0, 31):
        assert pace(Preset.CONVERSATIONS, age=age, is_cold_raised=True).cold_per_day == 0
    assert pace(Preset.CONVERSATIONS, age=31).per_day == 1_000


def test_an_owner_may_raise_the_budget_for_strangers_to_half_the_day() -> None:
    assert pace(Preset.SAFE, age=31, is_cold_raised=True).cold_per_day == 200


def test_an_idle_number_is_one_step_younger_for_three_days() -> None:
    idle = pace(Preset.SAFE, age=40, last_sent_at=NOON - timedelta(days=14))
    assert (idle.per_day, idle.decides) == (200, Decides.IDLE)
    assert pace(Preset.SAFE, age=40, last_sent_at=NOON - timedelta(days=13)).per_day == 400
    spent = Spent(last_sent_at=NOON - timedelta(days=14))
    after = spend(spent, idle, now=NOON, today=TODAY, is_cold=False, random=Random(1))
    assert after.stepped_down_until == NOON + timedelta(days=3)


def test_a_scare_halves_the_day() -> None:
    halved = pace(Preset.SAFE, age=40, halved_until=NOON + timedelta(hours=1))
    assert (halved.per_day, halved.decides) == (200, Decides.HALVED)
    assert pace(Preset.SAFE, age=40, halved_until=NOON).per_day == 400


@given(
    preset=st.sampled_from(REAL),
    age=st.integers(0, 400),
    least=st.floats(0, 120),
    more=st.floats(0, 120),
)
def test_a_channels_own_gap_only_slows_it_and_no_gap_is_below_the_floor(
    preset: Preset, age: int, least: float, more: float
) -> None:
    own, alone = Range(least, least + more), pace(preset, age=age)
    slowed = pace(preset, age=age, own_gap=own)
    assert slowed.gap.least >= max(alone.gap.least, least, 3)
    assert slowed.gap.most >= max(alone.gap.most, least + more)
    assert slowed.per_day == alone.per_day


@given(preset=st.sampled_from(REAL), age=st.integers(0, 400), seed=st.integers(0, 10_000))
def test_d13_the_pause_is_seconds_and_the_rest_comes_after_messages_and_lasts_minutes(
    preset: Preset, age: int, seed: int
) -> None:
    held, random, now = pace(preset, age=age), Random(seed), NOON
    spent, sent_before_rest = Spent(), 0
    while spent.rest_until is None:
        before = now
        spent = spend(spent, held, now=now, today=TODAY, is_cold=False, random=random)
        assert spent.gap_until is not None
        assert held.gap.least <= (spent.gap_until - before).total_seconds() <= held.gap.most
        sent_before_rest += 1
        now = spent.gap_until
    terms = TERMS[held.preset]
    assert terms.sends_to_rest[0] <= sent_before_rest <= terms.sends_to_rest[1]
    assert spent.last_sent_at is not None
    rest = spent.rest_until - spent.last_sent_at
    assert timedelta(minutes=5) <= rest <= timedelta(minutes=15)
    assert terms.rest.least <= rest.total_seconds() <= terms.rest.most


@settings(max_examples=20)
@given(preset=st.sampled_from(REAL), seed=st.integers(0, 10_000))
def test_d14_the_gap_is_really_random(preset: Preset, seed: int) -> None:
    """Spread over its whole range, never twice the same, and not the same series for another seed."""
    held = pace(preset, age=40)

    def gaps(of: int) -> list[float]:
        random = Random(of)
        return [held.gap.draw(random) for _ in range(200)]

    drawn = gaps(seed)
    width = held.gap.most - held.gap.least
    assert len(set(drawn)) == 200
    assert min(drawn) < held.gap.least + width / 5
    assert max(drawn) > held.gap.most - width / 5
    assert abs(sum(drawn) / 200 - held.gap.mean) < width / 6
    assert drawn != gaps(seed + 1)


def test_a_day_had_twice_counts_once() -> None:
    """Clock or zone set back over midnight: what was sent stays sent."""
    spent = Spent(day=TODAY + timedelta(days=1), sent=7, cold=2)
    held = pace(Preset.SAFE, age=0)
    after = spend(spent, held, now=NOON, today=TODAY, is_cold=True, random=Random(1))
    assert (after.day, after.sent, after.cold) == (TODAY + timedelta(days=1), 8, 3)


def test_a_new_day_begins_at_one() -> None:
    spent = Spent(day=date(2026, 11, 23), sent=20, cold=5)
    held = pace(Preset.SAFE, age=0)
    after = spend(spent, held, now=NOON, today=TODAY, is_cold=False, random=Random(1))
    assert (after.day, after.sent, after.cold) == (TODAY, 1, 0)


def test_a_reply_spends_nothing_and_keeps_the_floor() -> None:
    spent = Spent(day=TODAY, sent=20, in_hour=3, hour_started_at=NOON)
    after = spend_reply(spent, now=NOON)
    assert (after.sent, after.in_hour) == (20, 3)
    assert after.gap_until == NOON + timedelta(seconds=3)


def test_the_simulator_spends_nothing_but_its_own_gap() -> None:
    held = pace(Preset.SIMULATOR, age=0, own_gap=Range(0, 0))
    after = spend(Spent(), held, now=NOON, today=TODAY, is_cold=True, random=Random(1))
    assert after == Spent(gap_until=NOON, last_sent_at=NOON)
