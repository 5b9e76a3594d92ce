"""When a Company sends: a window a weekday in its own zone, no Sunday, no holiday, never outside the floor. Pure.

Windows are minutes of the Company's wall clock; what comes out are moments in UTC. Summer time and years end where
the zone's rules say, so a window may be an hour shorter, never at another hour of the wall.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays

FLOOR = (7 * 60, 22 * 60)  # minutes; product.md: nothing outside 07:00-22:00, no one lowers it
DAYS_AHEAD = 400  # days looked through for the next opening: a year of holidays and more
DAY_ENDS = 24 * 60
CLOSED = "-"
OWN_DAY = "own"  # the name of a day that only this Company keeps
# Monday to Sunday, as a Company that never chose sends.
DEFAULT_WEEK = "0800-2000 0800-2000 0800-2000 0800-2000 0800-2000 0900-1400 -"
WINDOW = re.compile(r"([01]\d|2[0-4])([0-5]\d)-([01]\d|2[0-4])([0-5]\d)")
STATES = (
    "AC AL AM AP BA CE DF ES GO MA MG MS MT PA PB PE PI PR RJ RN RO RR RS SC SE SP TO".split()  # noqa: SIM905
)

Window = tuple[int, int] | None


@dataclass(frozen=True, slots=True)
class Hours:
    """`own` are the Company's days: MM-DD each year, or YYYY-MM-DD once."""

    zone: str = "America/Sao_Paulo"
    week: str = DEFAULT_WEEK
    state: str = ""  # whose holidays count too, by its two letters
    has_optional: bool = False  # Carnival, Corpus Christi and the like
    own: str = ""

    def today(self, now: datetime) -> date:
        return now.astimezone(_zone(self.zone)).date()

    def is_open(self, now: datetime) -> bool:
        opening = _opening(self, self.today(now))
        return opening is not None and opening[0] <= now < opening[1]

    def next_open(self, now: datetime) -> datetime | None:
        """The first moment from `now` on that is open; None where no day ever is."""
        today = self.today(now)
        for days in range(DAYS_AHEAD):
            opening = _opening(self, today + timedelta(days=days))
            if opening is not None and now < opening[1]:
                return max(now, opening[0])
        return None

    def closes(self, now: datetime) -> datetime:
        """When the window that holds `now` ends; outside of one, at once."""
        opening = _opening(self, self.today(now))
        return opening[1] if opening is not None and opening[0] <= now < opening[1] else now

    def next_day(self, day: date) -> datetime:
        """When the day after `day` opens: where no day ever does, its midnight."""
        midnight = _moment(day + timedelta(days=1), 0, self.zone)
        return self.next_open(midnight) or midnight

    def holiday_on(self, day: date) -> str:
        """Its name; empty on any other day."""
        return _holiday(self, day)


def read_week(text: str) -> tuple[Window, ...]:
    """Seven windows within the floor. Raises ValueError for a text that is none."""
    parts = (text or DEFAULT_WEEK).split()
    if len(parts) != 7:  # noqa: PLR2004  # days of a week
        raise ValueError("a week has seven days")
    return tuple(_window(part) for part in parts)


def _window(text: str) -> Window:
    if text == CLOSED:
        return None
    found = WINDOW.fullmatch(text)
    if found is None:
        raise ValueError(f"not a window: {text!r}")
    hour, minute, until_hour, until_minute = (int(one) for one in found.groups())
    start = max(FLOOR[0], hour * 60 + minute)
    end = min(FLOOR[1], until_hour * 60 + until_minute)
    return (start, end) if start < end else None


@lru_cache(maxsize=4_096)
def _opening(hours: Hours, day: date) -> tuple[datetime, datetime] | None:
    window = _week(hours.week)[day.weekday()]
    if window is None or _holiday(hours, day):
        return None
    opens, closes = (_moment(day, minutes, hours.zone) for minutes in window)
    return (opens, closes) if opens < closes else None


@lru_cache(maxsize=1_024)
def _holiday(hours: Hours, day: date) -> str:
    own = hours.own.split()
    if f"{day:%m-%d}" in own or f"{day:%Y-%m-%d}" in own:
        return OWN_DAY
    return _calendar(day.year, hours.state, hours.has_optional).get(day, "")


@lru_cache(maxsize=512)
def _calendar(year: int, state: str, has_optional: bool) -> dict[date, str]:  # noqa: FBT001  # a key of the cache
    kinds = ("public", "optional") if has_optional else ("public",)
    found = holidays.country_holidays(
        "BR", subdiv=state or None, years=year, categories=kinds, language="pt_BR"
    )
    return dict(found)


@lru_cache(maxsize=1_024)
def _week(text: str) -> tuple[Window, ...]:
    return read_week(text)


@lru_cache(maxsize=512)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def _moment(day: date, minutes: int, zone: str) -> datetime:
    """A wall time that summer time leaves out becomes the first one after it."""
    hour, minute = divmod(minutes, 60)
    wall = datetime.combine(day, time(hour, minute), tzinfo=_zone(zone))
    return wall.astimezone(UTC)
