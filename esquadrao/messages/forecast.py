"""When the last of so many Messages leaves, over gaps, rests, hours, holidays and the limits of each day. Pure.

Means, not draws: a whole day has its rests spread over the sends between them, the last one has those that fall before
its last send. What a person will do meanwhile, or WhatsApp, nobody knows.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from esquadrao.channels.hours import DAYS_AHEAD
from esquadrao.channels.pace import Pace, Preset, Spent
from esquadrao.messages.gate import Facts

OWN_LATENCY = 0.3  # s a Message takes to leave and be acknowledged, beside the Channel's pause


def each(pace: Pace) -> float:
    """Seconds from one send to the next, the rests shared out."""
    seconds = pace.gap.mean + OWN_LATENCY
    most = sum(pace.sends_to_rest) / 2
    return seconds + _beyond_the_gap(pace) / most if most else seconds


def _beyond_the_gap(pace: Pace) -> float:
    """A rest begins with the send before it, as the gap does: a slow Campaign rests while it waits anyway."""
    return max(0.0, pace.rest.mean - pace.gap.mean)


def _pace(facts: Facts, at: datetime) -> Pace:
    """The Channel's, slowed by the Campaign's own."""
    pace = facts.pace(at)
    return replace(pace, gap=pace.gap.at_least(facts.campaign_gap))


def expected_end(facts: Facts, many: int, now: datetime) -> datetime | None:
    """None where no day ever opens, or it lies further away than anybody plans."""
    if facts.choice.preset is Preset.SIMULATOR:
        return now + timedelta(seconds=each(_pace(facts, now)) * many)
    at = max(now, facts.spent.rest_until or now, facts.campaign_until or now)
    left, today = many, facts.hours.today(now)
    for _ in range(DAYS_AHEAD):
        opens = facts.hours.next_open(at)
        if opens is None:
            return None
        pace, day = _pace(facts, opens), facts.hours.today(opens)
        room = (pace.cold_per_day if facts.is_cold else pace.per_day) - (
            _spent_today(facts) if day == today and facts.spent.holds_for(day) else 0
        )
        seconds = max(each(pace), 3600 / pace.per_hour)
        closes = facts.hours.closes(opens)
        takes = min(left, max(room, 0), int((closes - opens).total_seconds() / seconds) + 1)
        left -= takes
        if left <= 0:
            return opens + timedelta(seconds=_last_day(pace, facts.spent, many - takes, many))
        at = facts.hours.next_day(day)
    return None


def _last_day(pace: Pace, spent: Spent, done: int, many: int) -> float:
    """Seconds from the first to the last send of a day, after `done` of them on days before."""
    usual = sum(pace.sends_to_rest) / 2
    first = spent.sends_to_rest or usual

    def rests(sends: int) -> int:
        return 0 if sends < first else 1 + int((sends - first) / usual)

    pauses = (pace.gap.mean + OWN_LATENCY) * (many - done)
    return pauses + _beyond_the_gap(pace) * (rests(many - 1) - rests(done))


def _spent_today(facts: Facts) -> int:
    return facts.spent.cold if facts.is_cold else facts.spent.sent
