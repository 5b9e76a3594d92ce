"""How fast a Channel may send: the presets of the product, and what age, idleness and a scare take from them. Pure.

Every duration is in seconds, every count in Messages; a draw is uniform. The numbers are practice, not a promise of
WhatsApp's, which publishes none. No preset but the simulator's goes below the floors.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from random import Random

from esquadrao.settings import FLOOR_GAP

REPLY_GAP = 1.0  # s between a reply of a Ticket and whatever left before it: people type, a Channel never bursts
QUIET = timedelta(
    seconds=60
)  # after a reconnect: a session that wakes and shouts looks like a robot
# The last day of each step of age; what is older stands on the last step.
STEPS = (3, 7, 14, 30)
IDLE = timedelta(days=14)  # a number silent so long is one step younger …
STEPPED_DOWN = timedelta(days=3)  # … for so long once it sends again
STILL_TALKING = timedelta(days=30)  # since a Contact last wrote: still a conversation
HOUR = timedelta(hours=1)
NO_LIMIT = 2**31 - 1  # Messages: what an INT column holds


class Preset(StrEnum):
    SAFE = "safe"
    MODERATE = "moderate"
    CONVERSATIONS = "conversations"
    SIMULATOR = "simulator"  # nobody is written to: no hours, caps or floors, the Channel's own gap


class Decides(StrEnum):
    """What decides today's limit."""

    PRESET = "preset"
    WARM_UP = "warm_up"
    IDLE = "idle"
    HALVED = "halved"


@dataclass(frozen=True, slots=True)
class Range:
    least: float
    most: float

    def draw(self, random: Random) -> float:
        return random.uniform(self.least, self.most)

    def at_least(self, other: Range) -> Range:
        return Range(max(self.least, other.least), max(self.most, other.most))

    @property
    def mean(self) -> float:
        return (self.least + self.most) / 2


@dataclass(frozen=True, slots=True)
class Terms:
    """A preset's row of the product's table; five steps of age, 0 where the preset is not for that age."""

    gap: Range
    per_hour: int
    per_day: tuple[int, int, int, int, int]
    rest: Range
    sends_to_rest: tuple[int, int]
    cold_per_day: tuple[int, int, int, int, int]  # to people who never wrote


TERMS = {
    Preset.SAFE: Terms(
        gap=Range(25, 60),
        per_hour=120,
        per_day=(20, 50, 100, 200, 400),
        rest=Range(8 * 60, 15 * 60),
        sends_to_rest=(25, 35),
        cold_per_day=(5, 5, 5, 10, 20),
    ),
    Preset.MODERATE: Terms(
        gap=Range(10, 25),
        per_hour=200,
        per_day=(0, 0, 0, 0, 800),
        rest=Range(5 * 60, 10 * 60),
        sends_to_rest=(40, 60),
        cold_per_day=(0, 0, 0, 0, 40),
    ),
    Preset.CONVERSATIONS: Terms(
        gap=Range(4, 10),
        per_hour=300,
        per_day=(20, 50, 100, 200, 1_000),
        rest=Range(5 * 60, 8 * 60),
        sends_to_rest=(60, 80),
        cold_per_day=(0, 0, 0, 0, 0),
    ),
}
FLOOR = Range(FLOOR_GAP, FLOOR_GAP)


@dataclass(frozen=True, slots=True)
class Pace:
    """What holds at one moment."""

    preset: Preset
    gap: Range
    per_hour: int = NO_LIMIT
    per_day: int = NO_LIMIT
    cold_per_day: int = NO_LIMIT
    decides: Decides = Decides.PRESET
    changes_on: date | None = None  # the next step of the warm-up
    rest: Range = Range(0, 0)
    sends_to_rest: tuple[int, int] = (0, 0)  # (0, 0): it never rests

    @property
    def is_free(self) -> bool:
        return self.preset is Preset.SIMULATOR


@dataclass(frozen=True, slots=True)
class Choice:
    """What was chosen and what happened, from which the pace of a moment follows. A Channel's own gap only slows it."""

    preset: Preset = Preset.SAFE
    own_gap: Range = Range(0, 0)
    in_use_since: datetime | None = None  # unknown counts as today
    is_cold_raised: bool = False  # the owner took on the risk, in writing
    last_sent_at: datetime | None = None
    stepped_down_until: datetime | None = None
    halved_until: datetime | None = None

    def at(self, now: datetime, *, today: date, since: date | None) -> Pace:
        """`today` and `since` are dates of the Company's calendar."""
        if self.preset is Preset.SIMULATOR:
            return Pace(self.preset, self.own_gap)
        age = max(0, (today - since).days) if since else 0
        step = sum(age > last for last in STEPS)
        decides = Decides.WARM_UP if step < len(STEPS) else Decides.PRESET
        changes_on = today + timedelta(days=STEPS[step] + 1 - age) if step < len(STEPS) else None
        if self.is_idle(now) and step:
            step, decides = step - 1, Decides.IDLE
        preset = self.preset if TERMS[self.preset].per_day[step] else Preset.SAFE
        terms = TERMS[preset]
        per_day = terms.per_day[step]
        if self.halved_until is not None and now < self.halved_until:
            per_day, decides = per_day // 2, Decides.HALVED
        cold = per_day // 2 if self.is_cold_raised else terms.cold_per_day[step]
        return Pace(
            preset=preset,
            gap=terms.gap.at_least(self.own_gap).at_least(FLOOR),
            per_hour=terms.per_hour,
            per_day=per_day,
            cold_per_day=0 if preset is Preset.CONVERSATIONS else min(cold, per_day),
            decides=decides,
            changes_on=changes_on,
            rest=terms.rest,
            sends_to_rest=terms.sends_to_rest,
        )

    @property
    def usual_gap(self) -> Range:
        """Whatever its age: enough to know how many Messages to keep ready."""
        if self.preset is Preset.SIMULATOR:
            return self.own_gap
        return TERMS[self.preset].gap.at_least(self.own_gap).at_least(FLOOR)

    def is_idle(self, now: datetime) -> bool:
        if self.stepped_down_until is not None and now < self.stepped_down_until:
            return True
        return self.last_sent_at is not None and now - self.last_sent_at >= IDLE


def is_cold(preset: Preset, last_wrote_at: datetime | None, now: datetime) -> bool:
    """Whether a Contact counts as one who never wrote; among conversations also who fell silent."""
    if last_wrote_at is None:
        return True
    return preset is Preset.CONVERSATIONS and now - last_wrote_at > STILL_TALKING


@dataclass(frozen=True, slots=True)
class Spent:
    """What a Channel has spent of its pace. `day` and its counts belong together, so do the hour's."""

    day: date | None = None
    sent: int = 0
    cold: int = 0
    hour_started_at: datetime | None = None
    in_hour: int = 0
    sends_to_rest: int = 0  # 0: not drawn yet
    gap_until: datetime | None = None
    rest_until: datetime | None = None
    last_sent_at: datetime | None = None
    stepped_down_until: datetime | None = None

    def holds_for(self, today: date) -> bool:
        """A day later than today is a clock or a zone set back: it still counts, or the day would be had twice."""
        return self.day is not None and self.day >= today

    def is_hour_of(self, now: datetime) -> bool:
        return self.hour_started_at is not None and now < self.hour_started_at + HOUR


def spend(
    spent: Spent, pace: Pace, *, now: datetime, today: date, is_cold: bool, random: Random
) -> Spent:
    """After a Message of a Campaign left: the counts, the next pause, and at its time the rest."""
    gap_until = now + timedelta(seconds=pace.gap.draw(random))
    if pace.is_free:
        return replace(spent, gap_until=gap_until, last_sent_at=now)
    is_same_day, is_same_hour = spent.holds_for(today), spent.is_hour_of(now)
    left = (spent.sends_to_rest or random.randint(*pace.sends_to_rest)) - 1
    was_idle = spent.last_sent_at is not None and now - spent.last_sent_at >= IDLE
    return Spent(
        day=spent.day if is_same_day else today,
        sent=(spent.sent if is_same_day else 0) + 1,
        cold=(spent.cold if is_same_day else 0) + is_cold,
        hour_started_at=spent.hour_started_at if is_same_hour else now,
        in_hour=(spent.in_hour if is_same_hour else 0) + 1,
        sends_to_rest=left,
        gap_until=gap_until,
        rest_until=spent.rest_until
        if left
        else now + timedelta(seconds=max(pace.rest.draw(random), pace.gap.least)),
        last_sent_at=now,
        stepped_down_until=now + STEPPED_DOWN if was_idle else spent.stepped_down_until,
    )


def spend_reply(spent: Spent, *, now: datetime) -> Spent:
    """A reply spends no limit; the next Message of a Campaign keeps the floor from it."""
    floor = now + timedelta(seconds=FLOOR_GAP)
    return replace(spent, gap_until=max(spent.gap_until or floor, floor), last_sent_at=now)
