"""Allowed hours in the Company's zone: windows, holidays, the floor, summer time and years' ends."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from esquadrao.channels.hours import CLOSED, FLOOR, Hours, read_week

BRAZIL = Hours()
ZONES = (
    "America/Sao_Paulo",  # summer time until 2019, its midnight did not exist
    "America/Noronha",
    "America/Manaus",
    "America/Rio_Branco",
    "America/New_York",
    "America/Havana",  # falls back at midnight
    "Australia/Lord_Howe",  # half an hour of summer time
    "Pacific/Apia",  # a day that never was
)
minutes = st.integers(0, 24 * 60)
windows = st.one_of(
    st.just(CLOSED),
    st.tuples(minutes, minutes).map(
        lambda pair: (
            f"{min(pair) // 60:02}{min(pair) % 60:02}-{max(pair) // 60:02}{max(pair) % 60:02}"
        )
    ),
)
hours = st.builds(
    Hours,
    zone=st.sampled_from(ZONES),
    week=st.lists(windows, min_size=7, max_size=7).map(" ".join),
    state=st.sampled_from(["", "SP", "PE"]),
    has_optional=st.booleans(),
    own=st.sampled_from(["", "12-31 01-02", "2026-11-24"]),
)
moments = st.integers(0, 22 * 365 * 24 * 60).map(
    lambda minutes: datetime(2010, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)


def local(when: datetime, of: Hours = BRAZIL) -> str:
    return when.astimezone(ZoneInfo(of.zone)).strftime("%a %d/%m %H:%M")


def at(text: str, of: Hours = BRAZIL) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(of.zone)).astimezone(UTC)


@given(of=hours, now=moments)
def test_what_opens_next_is_open_and_never_before_now(of: Hours, now: datetime) -> None:
    opens = of.next_open(now)
    if opens is None:
        assert not of.is_open(now)
        return
    assert opens >= now
    assert of.is_open(opens)
    assert (opens == now) == of.is_open(now)


@given(of=hours, now=moments)
def test_nothing_is_open_outside_the_floor_or_on_a_holiday(of: Hours, now: datetime) -> None:
    opens = of.next_open(now)
    if opens is None:
        return
    wall = opens.astimezone(ZoneInfo(of.zone))
    assert FLOOR[0] <= wall.hour * 60 + wall.minute < FLOOR[1]
    assert of.holiday_on(wall.date()) == ""
    assert read_week(of.week)[wall.weekday()] is not None


@given(of=hours, now=moments)
def test_the_next_day_is_later_and_another_date(of: Hours, now: datetime) -> None:
    opens = of.next_day(of.today(now))
    assert opens > now
    assert of.today(opens) > of.today(now)


@pytest.mark.parametrize(
    ("now", "opens"),
    [
        ("2026-11-24 07:59", "Tue 24/11 08:00"),
        ("2026-11-24 20:00", "Wed 25/11 08:00"),
        ("2026-11-27 20:00", "Sat 28/11 09:00"),
        ("2026-11-28 14:00", "Mon 30/11 08:00"),  # no Sunday
        ("2026-11-20 10:00", "Sat 21/11 09:00"),  # Zumbi and Black Awareness
        ("2026-12-31 20:00", "Sat 02/01 09:00"),  # the year's end is a holiday's eve
        ("2026-12-24 20:00", "Sat 26/12 09:00"),
    ],
)
def test_a_company_that_never_chose_sends_on_working_days(now: str, opens: str) -> None:
    assert local(BRAZIL.next_open(at(now)) or at(now)) == opens


def test_holidays_of_a_state_optional_ones_and_own_days_count_when_ticked() -> None:
    july_9, carnival, own = date(2026, 7, 9), date(2026, 2, 17), date(2026, 11, 24)
    for day in (july_9, carnival, own):
        assert BRAZIL.holiday_on(day) == ""
    assert Hours(state="SP").holiday_on(july_9) == "Revolução Constitucionalista"
    assert Hours(has_optional=True).holiday_on(carnival) == "Carnaval"
    assert Hours(own="11-24").holiday_on(own) != ""
    assert Hours(own="2027-11-24").holiday_on(own) == ""


def test_hours_are_read_on_the_wall_of_their_own_zone() -> None:
    """D17: the same moment is open for one Company and closed for another."""
    now = datetime(2026, 11, 24, 22, 30, tzinfo=UTC)
    assert BRAZIL.is_open(now)  # 19:30
    assert not Hours(zone="America/Noronha").is_open(now)  # 20:30
    assert Hours(zone="America/Rio_Branco").is_open(now + timedelta(hours=2))  # 19:30


def test_summer_time_moves_the_moment_and_not_the_wall() -> None:
    before = at("2018-11-02 21:00")  # the night before summer time began; the 2nd is a holiday
    opens = BRAZIL.next_open(before + timedelta(days=2))
    assert opens is not None
    assert local(opens) == "Mon 05/11 08:00"
    assert opens == datetime(2018, 11, 5, 10, tzinfo=UTC)


def test_a_company_that_closed_every_day_never_opens() -> None:
    assert Hours(week=" ".join([CLOSED] * 7)).next_open(at("2026-11-24 10:00")) is None


@pytest.mark.parametrize(
    "text", ["0800-2000", "8-20 - - - - - -", "0800-2560 - - - - - -", "x " * 7]
)
def test_a_week_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"week|window"):
        read_week(text)


def test_a_window_is_cut_to_the_floor() -> None:
    assert read_week("0000-2400 0500-0600 - - - - -")[:2] == (FLOOR, None)
