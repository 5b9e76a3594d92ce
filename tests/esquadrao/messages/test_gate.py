"""The gate, pure: what holds for whatever facts it is given, then each of its rules."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import pairwise
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from esquadrao.channels.hours import CLOSED, Hours
from esquadrao.channels.models import ChannelState
from esquadrao.channels.pace import HOUR, Choice, Preset, Range, Spent, spend
from esquadrao.messages.gate import Facts, gate
from esquadrao.messages.gate_codes import COLD_ONLY, Allow, Code, Wait
from tests.gate_examples import EXAMPLES, NOW, TODAY, facts, simulated

REAL = [one for one in Preset if one is not Preset.SIMULATOR]
near = st.one_of(
    st.none(),
    st.integers(-3 * 86_400, 3 * 86_400).map(lambda seconds: NOW + timedelta(seconds=seconds)),
)
moments = st.integers(0, 500 * 24 * 60).map(lambda minutes: NOW + timedelta(minutes=minutes))
weeks = st.lists(
    st.sampled_from(["0800-2000", "0900-1400", "0000-2400", "2130-2200", CLOSED]),
    min_size=7,
    max_size=7,
).map(" ".join)
hours = st.builds(
    Hours,
    zone=st.sampled_from(["America/Sao_Paulo", "America/Noronha", "America/New_York"]),
    week=weeks,
    has_optional=st.booleans(),
)
choices = st.builds(
    Choice,
    preset=st.sampled_from(list(Preset)),
    own_gap=st.sampled_from([Range(0, 0), Range(1, 2), Range(90, 200)]),
    in_use_since=st.one_of(
        st.none(), st.integers(0, 60).map(lambda days: NOW - timedelta(days=days))
    ),
    is_cold_raised=st.booleans(),
    stepped_down_until=near,
    halved_until=near,
)
spents = st.builds(
    Spent,
    day=st.one_of(st.none(), st.integers(-2, 2).map(lambda days: TODAY + timedelta(days=days))),
    sent=st.integers(0, 1_200),
    cold=st.integers(0, 60),
    hour_started_at=near,
    in_hour=st.integers(0, 400),
    gap_until=near,
    rest_until=near,
    last_sent_at=near,
)
anything = st.builds(
    Facts,
    state=st.sampled_from([ChannelState.CONNECTED] * 9 + [ChannelState.RECONNECTING]),
    state_since=st.integers(0, 300).map(lambda seconds: NOW - timedelta(seconds=seconds)),
    choice=choices,
    spent=spents,
    hours=hours,
    restriction=st.sampled_from([""] * 5 + ["lock"]),
    restricted_until=near,
    quota_until=near,
    campaign_until=near,
    is_reply=st.sampled_from([False, False, True]),
    is_cold=st.booleans(),
)


@given(held=anything, now=moments)
def test_a_wait_ends_later_and_at_its_end_its_rule_waits_no_more(
    held: Facts, now: datetime
) -> None:
    answer = gate(held, now)
    if isinstance(answer, Allow) or answer.until is None:
        return
    assert answer.until > now
    then = gate(held, answer.until)
    assert isinstance(then, Allow) or then.code is not answer.code


@given(held=anything, now=moments)
def test_whoever_waits_gets_through_in_the_end_or_needs_a_person(
    held: Facts, now: datetime
) -> None:
    """No circle of rules that hand a Message from one to the other."""
    answer = gate(held, now)
    for _ in range(6):
        if isinstance(answer, Allow) or answer.until is None:
            return
        answer = gate(held, answer.until)
    raise AssertionError(answer)


@given(held=anything, now=moments)
def test_no_campaign_leaves_outside_the_hours_of_its_company(held: Facts, now: datetime) -> None:
    is_open = held.hours.is_open(now)
    answer = gate(replace(held, is_reply=False), now)
    if not is_open and held.choice.preset is not Preset.SIMULATOR:
        assert isinstance(answer, Wait)


@given(held=anything, now=moments, more=st.integers(1, 50))
def test_who_spent_more_never_leaves_sooner(held: Facts, now: datetime, more: int) -> None:
    spent = held.spent
    worse = replace(
        held, spent=replace(spent, sent=spent.sent + more, cold=spent.cold + more, in_hour=spent.in_hour + more)
    )  # fmt: skip
    no_sooner(gate(worse, now), gate(held, now))


@given(held=anything, now=moments, day=st.integers(0, 6))
def test_a_day_less_a_week_lets_nothing_leave_sooner(held: Facts, now: datetime, day: int) -> None:
    week = held.hours.week.split()
    week[day] = CLOSED
    worse = replace(held, hours=replace(held.hours, week=" ".join(week)))
    no_sooner(gate(worse, now), gate(held, now))


@given(held=anything, now=moments)
def test_somebody_who_never_wrote_never_leaves_sooner(held: Facts, now: datetime) -> None:
    no_sooner(gate(replace(held, is_cold=True), now), gate(replace(held, is_cold=False), now))


def no_sooner(worse: Allow | Wait, better: Allow | Wait) -> None:
    if isinstance(worse, Allow):
        assert isinstance(better, Allow)
    elif isinstance(better, Wait) and worse.until is not None:
        assert better.until is not None
        assert worse.until >= better.until


def simulate(held: Facts, *, start: datetime, days: int, seed: int) -> list[tuple[datetime, Facts]]:
    """Send as fast as the gate lets: every send with the facts that let it."""
    now, end, random, sends = start, start + timedelta(days=days), Random(seed), []
    while now < end:
        answer = gate(held, now)
        if isinstance(answer, Wait):
            assert answer.until is not None
            now = answer.until
            continue
        sends.append((now, held))
        spent = spend(
            held.spent,
            held.pace(now),
            now=now,
            today=held.hours.today(now),
            is_cold=held.is_cold,
            random=random,
        )
        choice = replace(
            held.choice,
            last_sent_at=spent.last_sent_at,
            stepped_down_until=spent.stepped_down_until,
        )
        held = replace(held, spent=spent, choice=choice)
    return sends


lives = st.builds(
    lambda preset, age, is_cold, zone: facts(
        choice={"preset": preset, "in_use_since": NOW - timedelta(days=age)},
        hours=Hours(zone=zone),
        is_cold=is_cold and preset is not Preset.CONVERSATIONS,
    ),
    preset=st.sampled_from(REAL),
    age=st.integers(0, 40),
    is_cold=st.booleans(),
    zone=st.sampled_from(["America/Sao_Paulo", "America/Noronha", "America/New_York"]),
)


@settings(max_examples=12)
@given(held=lives, days=st.integers(0, 400), seed=st.integers(0, 10_000))
def test_two_simulated_days_never_exceed_a_cap(held: Facts, days: int, seed: int) -> None:
    sends = simulate(held, start=NOW + timedelta(days=days), days=2, seed=seed)
    a_day: Counter[date] = Counter(held.hours.today(now) for now, _ in sends)
    for day, many in a_day.items():
        pace = next(seen.pace(now) for now, seen in sends if held.hours.today(now) == day)
        assert many <= (pace.cold_per_day if held.is_cold else pace.per_day)
    for (before, seen), (after, _) in pairwise(sends):
        assert (after - before).total_seconds() >= seen.pace(before).gap.least
    for now, seen in sends:
        assert seen.hours.is_open(now)
        if seen.spent.hour_started_at and now < seen.spent.hour_started_at + HOUR:
            assert seen.spent.in_hour < seen.pace(now).per_hour


def test_a_full_day_of_a_grown_number_is_rested_and_near_what_is_expected() -> None:
    """≈ 55 an hour is what the product promises of Seguro; in 12 hours the cap of the day ends it."""
    sends = [now for now, _ in simulate(facts(), start=NOW - timedelta(hours=2), days=1, seed=7)]
    an_hour = Counter((now - sends[0]) // HOUR for now in sends)
    rate = sum(an_hour[hour] for hour in range(6)) / 6
    assert 45 <= rate <= 68
    pauses = [(b - a).total_seconds() for a, b in pairwise(sends)]
    rests = [pause for pause in pauses if pause > 60]
    assert len(rests) >= len(sends) // 36
    assert all(8 * 60 <= rest <= 15 * 60 for rest in rests)


@pytest.mark.parametrize("code", Code)
def test_each_rule_says_wait_with_its_code(code: Code) -> None:
    held, now = EXAMPLES[code]
    answer = gate(held, now)
    assert isinstance(answer, Wait)
    assert answer.code is code
    assert gate(facts(), NOW) == Allow()  # nothing but the rule holds it


@pytest.mark.parametrize(
    ("code", "more", "later"),
    [
        (Code.HOURS, "Mon 11-30 08:00", None),
        (Code.HOLIDAY, "Sat 12-26 09:00", None),
        (Code.DAY_LIMIT, "Wed 11-25 08:00", 400),
        (Code.DAY_WARM_UP, "Wed 11-25 08:00", 50),
        (Code.DAY_IDLE, "Wed 11-25 08:00", 200),
        (Code.DAY_HALVED, "Wed 11-25 08:00", 200),
        (Code.HOUR_LIMIT, "Tue 11-24 10:20", 120),
        (Code.NEVER_WROTE, "Wed 11-25 08:00", 20),
    ],
)
def test_a_limit_says_how_many_and_when_it_opens_again(
    code: Code, more: str, later: int | None
) -> None:
    held, now = EXAMPLES[code]
    answer = gate(held, now)
    assert isinstance(answer, Wait)
    assert answer.until is not None
    assert f"{answer.until - timedelta(hours=3):%a %m-%d %H:%M}" == more  # São Paulo
    assert answer.limit == (later or 0)


@pytest.mark.parametrize("code", sorted(COLD_ONLY))
def test_who_wrote_before_does_not_wait_for_the_budget_of_strangers(code: Code) -> None:
    held, now = EXAMPLES[code]
    assert gate(replace(held, is_cold=False), now) == Allow()


LIFTED_BY_A_REPLY = set(Code) - {
    *(
        Code.UNREADABLE,
        Code.BILLING,
        Code.CHANNEL_NOT_CONNECTED,
        Code.IN_FLIGHT,
        Code.RECONNECTED,
        Code.REPLY_PACE,
    )
}


@pytest.mark.parametrize("code", sorted(LIFTED_BY_A_REPLY))
def test_a_reply_passes_in_front(code: Code) -> None:
    held, now = EXAMPLES[code]
    assert gate(replace(held, is_reply=True), now) == Allow()


@pytest.mark.parametrize(
    "code", [Code.HOURS, Code.HOLIDAY, Code.DAY_LIMIT, Code.HOUR_LIMIT, Code.REST, Code.NEVER_WROTE]
)
def test_the_simulator_keeps_no_hours_and_no_limits(code: Code) -> None:
    held, now = EXAMPLES[code]
    assert gate(simulated(held), now) == Allow()


@pytest.mark.parametrize("code", [Code.BREAKER, Code.RESTRICTED, Code.CHANNEL_NOT_CONNECTED])
def test_the_simulator_still_plays_whatsapp(code: Code) -> None:
    held, now = EXAMPLES[code]
    assert isinstance(gate(simulated(held), now), Wait)


def test_the_answer_is_the_rule_that_ends_last_and_who_must_be_asked_comes_first() -> None:
    pace = EXAMPLES[Code.PACE][0]
    both: dict[str, Any] = {"spent": replace(pace.spent, day=TODAY, sent=400)}
    answer = gate(replace(pace, **both), NOW)
    assert isinstance(answer, Wait)
    assert answer.code is Code.DAY_LIMIT
    night = replace(EXAMPLES[Code.NEW_CHAT_QUOTA][0], hours=Hours(own="11-24"))
    answer = gate(night, NOW)
    assert isinstance(answer, Wait)
    assert answer.code is Code.NEW_CHAT_QUOTA  # nine days; the holiday is over tomorrow
    answer = gate(replace(pace, **both, breaker="failed_share"), NOW)
    assert isinstance(answer, Wait)
    assert answer.code is Code.BREAKER
