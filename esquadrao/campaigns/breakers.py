"""When sending must stop by itself: the table of signals, as one pure function over what was seen of a Channel.

A signal never fires twice for the same past: what a person resumed is looked at from that moment on (`watched_from`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from enum import StrEnum

from esquadrao.campaigns.lifecycle import PauseReason
from esquadrao.channels.models import ChannelState
from esquadrao.companies.models import Company

LAST = 50  # sends a sample holds: fewer would trip on chance, more would come too late
DELIVERED_WITHIN = timedelta(hours=2)
LOCK_WINDOW = timedelta(hours=1)
LOCK = timedelta(hours=24)  # what several 463 without a lock are taken for
STOPPED = (ChannelState.LOGGED_OUT, ChannelState.BANNED)


class Outcome(StrEnum):
    """What is known of one send, the newest evidence."""

    ARRIVED = "arrived"
    SENT = "sent"  # WhatsApp's server has it
    SILENT = "silent"  # written, and no ack came
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Limits:
    """Thresholds; a Company may only tighten them."""

    failed: int = 10  # percent of the sample
    failed_from: int = 20  # sends a sample must hold
    opt_outs: int = 3  # percent of a Campaign's newest
    fewest_out: int = 2  # people: one alone is no pattern, unless the Company says so
    undelivered: int = 30  # percent
    minutes_away: int = 10  # shorter than this, rows wait and go on by themselves
    silent_in_a_row: int = 3
    locks_in_an_hour: int = 3

    def tightened(self, by: Limits) -> Limits:
        """The stricter of both in each place."""
        names = [one.name for one in fields(self)]
        return Limits(**{name: min(getattr(self, name), getattr(by, name)) for name in names})

    def is_left_by_many(self, out: int, of: int) -> bool:
        """Whether so many of a Campaign's newest asked to be left alone."""
        return out >= self.fewest_out and out * 100 >= self.opt_outs * of


PRODUCT = Limits()


def limits_of(company: Company) -> Limits:
    """The product's, tightened by what the Company chose; looser values of a database change nothing."""
    opt_outs = company.most_opt_outs
    own = Limits(
        failed=company.most_failed,
        opt_outs=opt_outs,
        fewest_out=1 if opt_outs < PRODUCT.opt_outs else PRODUCT.fewest_out,
        undelivered=company.most_undelivered,
        minutes_away=company.most_minutes_away,
    )
    return PRODUCT.tightened(own)


@dataclass(frozen=True, slots=True)
class Seen:
    """What was seen of one Channel since somebody last looked."""

    state: ChannelState
    state_since: datetime
    restriction: str = ""
    last: Sequence[Outcome] = ()  # newest first, at most LAST
    overdue: int = 0  # of the last LAST sends older than DELIVERED_WITHIN: how many never arrived
    overdue_of: int = 0
    locks: int = 0  # 463 within LOCK_WINDOW
    stops: int = 0  # 401 and 403 said of a Message, while the session itself still stands
    standing: str = ""  # the signal that already stopped this Channel


@dataclass(frozen=True, slots=True)
class Trip:
    """Stop, for this reason, with its numbers; `lock_until` where WhatsApp's own lock is assumed."""

    reason: PauseReason
    values: dict[str, int] = field(default_factory=dict)
    lock_until: datetime | None = None


def trip(seen: Seen, now: datetime, limits: Limits = PRODUCT) -> Trip | None:
    """The worst signal that fires, or None."""
    if seen.standing in set(PauseReason):
        return Trip(PauseReason(seen.standing))
    if seen.state in STOPPED or seen.stops:
        return Trip(PauseReason.BREAKER_STOPPED)
    if seen.restriction:
        return Trip(PauseReason.BREAKER_RESTRICTED)
    if seen.locks >= limits.locks_in_an_hour:
        return Trip(PauseReason.BREAKER_RESTRICTED, {"locks": seen.locks}, lock_until=now + LOCK)
    away = now - seen.state_since
    if seen.state != ChannelState.CONNECTED and away > timedelta(minutes=limits.minutes_away):
        return Trip(PauseReason.BREAKER_AWAY, {"minutes": limits.minutes_away})
    return _of_sample(seen, limits)


def _of_sample(seen: Seen, limits: Limits) -> Trip | None:
    newest = seen.last[: limits.silent_in_a_row]
    if len(newest) == limits.silent_in_a_row and all(one is Outcome.SILENT for one in newest):
        return Trip(PauseReason.BREAKER_MUTE, {"sends": len(newest)})
    failed, size = sum(one is Outcome.FAILED for one in seen.last), len(seen.last)
    if size >= limits.failed_from and failed * 100 >= limits.failed * size:
        return Trip(PauseReason.BREAKER_FAILED, {"failed": failed, "of": size})
    if seen.overdue_of >= LAST and seen.overdue * 100 >= limits.undelivered * seen.overdue_of:
        return Trip(PauseReason.BREAKER_UNDELIVERED, {"late": seen.overdue, "of": seen.overdue_of})
    return None
