"""May a Message leave its Channel now? One pure function, asked by dispatch and by the pages that explain the wait.

Every Wait has a code, who set the rule, and until when: None where no clock ends it and somebody must act. Of several
rules that say wait, the answer is the one that a person must lift, else the one that ends last: what people read is
what will really let the Message go. At a Wait's `until` its own rule waits no more.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from esquadrao.channels.hours import Hours
from esquadrao.channels.models import ChannelState
from esquadrao.channels.pace import (
    HOUR,
    QUIET,
    REPLY_GAP,
    Choice,
    Decides,
    Pace,
    Preset,
    Range,
    Spent,
)
from esquadrao.messages.gate_codes import PRODUCT, WHATSAPP, Allow, By, Code, Setter, Wait

DEFAULT_PACE, DEFAULT_HOURS, BY_CAMPAIGN = (
    Setter(By.CHANNEL),
    Setter(By.COMPANY),
    Setter(By.CAMPAIGN),
)


@dataclass(frozen=True, slots=True)
class Facts:
    """All the gate may know of one Message and its Channel, read beforehand."""

    state: ChannelState
    state_since: datetime
    choice: Choice = field(default_factory=Choice)
    spent: Spent = field(default_factory=Spent)
    hours: Hours = field(default_factory=Hours)
    is_in_flight: bool = False
    breaker: str = ""
    restriction: str = ""
    restricted_until: datetime | None = None
    quota_until: datetime | None = None  # WhatsApp's quota of new chats
    pace_set: Setter = DEFAULT_PACE
    hours_set: Setter = DEFAULT_HOURS
    # Of the Message:
    is_reply: bool = False  # of a Ticket: a person waits, no limit of Campaigns is spent
    is_cold: bool = False  # to somebody who never wrote
    is_suppressed: bool = False
    is_unchecked: bool = False  # nobody knows yet whether the number is on WhatsApp
    is_campaign_running: bool = True
    campaign_set: Setter = BY_CAMPAIGN
    campaign_gap: Range = Range(0, 0)  # noqa: RUF009  # frozen; the Campaign's own, which only slows
    campaign_until: datetime | None = None  # when its own pause ends
    campaign_pace_set: Setter = BY_CAMPAIGN
    is_unreadable: bool = False  # its rows hold what this release does not know
    # Hooks of plans and of the second approver.
    is_blocked_by_billing: bool = False
    lacks_approval: bool = False

    def pace(self, now: datetime) -> Pace:
        if self.choice.preset is Preset.SIMULATOR:  # thousands a second, and no day matters
            return Pace(Preset.SIMULATOR, self.choice.own_gap)
        since = self.choice.in_use_since
        return self.choice.at(
            now, today=self.hours.today(now), since=self.hours.today(since) if since else None
        )


def gate(facts: Facts, now: datetime) -> Allow | Wait:
    moment = _Moment(facts, now)
    last: Wait | None = None
    for rule in _rules(facts):
        wait = rule(moment)
        if wait is None:
            continue
        if wait.until is None:
            return wait
        if last is None or last.until is None or wait.until > last.until:
            last = wait
    return last or Allow()


def _rules(facts: Facts) -> tuple[Rule, ...]:
    is_free = facts.choice.preset is Preset.SIMULATOR
    if facts.is_reply:
        return FREE_REPLY if is_free else REPLY
    return FREE if is_free else PACED


@dataclass(slots=True)
class _Moment:
    """The facts at one moment; the pace is reckoned once, and only for who has one."""

    facts: Facts
    now: datetime
    _pace: Pace | None = None

    @property
    def pace(self) -> Pace:
        self._pace = self._pace or self.facts.pace(self.now)
        return self._pace


Rule = Callable[[_Moment], Wait | None]


def _unreadable(at: _Moment) -> Wait | None:
    return Wait(Code.UNREADABLE, None, PRODUCT) if at.facts.is_unreadable else None


def _billing(at: _Moment) -> Wait | None:
    return Wait(Code.BILLING, None, Setter(By.PLAN)) if at.facts.is_blocked_by_billing else None


def _approval(at: _Moment) -> Wait | None:
    return Wait(Code.APPROVAL, None, Setter(By.APPROVER)) if at.facts.lacks_approval else None


def _campaign(at: _Moment) -> Wait | None:
    if at.facts.is_campaign_running:
        return None
    return Wait(Code.CAMPAIGN_NOT_RUNNING, None, at.facts.campaign_set)


def _suppressed(at: _Moment) -> Wait | None:
    return Wait(Code.SUPPRESSED, None, Setter(By.CONTACT)) if at.facts.is_suppressed else None


def _breaker(at: _Moment) -> Wait | None:
    code = at.facts.breaker
    return Wait(Code.BREAKER, None, PRODUCT, detail=code) if code else None


def _restriction(at: _Moment) -> Wait | None:
    """The lock ends by the clock, what follows by a person who looked."""
    code, until = at.facts.restriction, at.facts.restricted_until
    if not code:
        return None
    if until is not None and until > at.now:
        return Wait(Code.RESTRICTED, until, WHATSAPP, detail=code)
    return Wait(Code.RESTRICTION_REVIEW, None, PRODUCT, detail=code)


def _connection(at: _Moment) -> Wait | None:
    if at.facts.state == ChannelState.CONNECTED:
        return None
    return Wait(Code.CHANNEL_NOT_CONNECTED, None, Setter(By.SESSION), detail=at.facts.state)


def _in_flight(at: _Moment) -> Wait | None:
    """Ends with the answer of WhatsApp, or of the ledger: no clock says when."""
    return Wait(Code.IN_FLIGHT, None, PRODUCT) if at.facts.is_in_flight else None


def _unchecked(at: _Moment) -> Wait | None:
    """Ends with WhatsApp's answer; a check that could not run leaves nobody out."""
    return Wait(Code.NUMBER_NOT_CHECKED, None, PRODUCT) if at.facts.is_unchecked else None


def _reconnected(at: _Moment) -> Wait | None:
    until = at.facts.state_since + QUIET
    if at.facts.state != ChannelState.CONNECTED or until <= at.now:
        return None
    return Wait(Code.RECONNECTED, until, PRODUCT)


def _hours(at: _Moment) -> Wait | None:
    hours = at.facts.hours
    opens = hours.next_open(at.now)
    if opens is None:
        return Wait(Code.NEVER_OPEN, None, at.facts.hours_set)
    if opens <= at.now:
        return None
    holiday = hours.holiday_on(hours.today(at.now))
    code = Code.HOLIDAY if holiday else Code.HOURS
    return Wait(code, opens, at.facts.hours_set, detail=holiday)


DAY_CODES = {
    Decides.PRESET: (Code.DAY_LIMIT, None),
    Decides.WARM_UP: (Code.DAY_WARM_UP, PRODUCT),
    Decides.IDLE: (Code.DAY_IDLE, PRODUCT),
    Decides.HALVED: (Code.DAY_HALVED, PRODUCT),
}


def _day(at: _Moment) -> Wait | None:
    if at.pace.per_day > _sent_today(at):
        return None
    code, setter = DAY_CODES[at.pace.decides]
    return Wait(code, _tomorrow(at), setter or at.facts.pace_set, limit=at.pace.per_day)


def _hour(at: _Moment) -> Wait | None:
    spent = at.facts.spent
    if not spent.is_hour_of(at.now) or spent.in_hour < at.pace.per_hour:
        return None
    assert spent.hour_started_at is not None  # noqa: S101  # it is an hour
    until = spent.hour_started_at + HOUR
    return Wait(Code.HOUR_LIMIT, until, at.facts.pace_set, limit=at.pace.per_hour)


def _rest(at: _Moment) -> Wait | None:
    until = at.facts.spent.rest_until
    return Wait(Code.REST, until, at.facts.pace_set) if until and until > at.now else None


def _gap(at: _Moment) -> Wait | None:
    until = at.facts.spent.gap_until
    return Wait(Code.PACE, until, at.facts.pace_set) if until and until > at.now else None


def _campaign_gap(at: _Moment) -> Wait | None:
    until = at.facts.campaign_until
    if until is None or until <= at.now:
        return None
    limit = round(at.facts.campaign_gap.least)
    return Wait(Code.CAMPAIGN_PACE, until, at.facts.campaign_pace_set, limit=limit)


def _reply_gap(at: _Moment) -> Wait | None:
    last = at.facts.spent.last_sent_at
    until = last + timedelta(seconds=REPLY_GAP) if last else at.now
    return Wait(Code.REPLY_PACE, until, PRODUCT) if until > at.now else None


def _quota(at: _Moment) -> Wait | None:
    until = at.facts.quota_until
    if not at.facts.is_cold or until is None or until <= at.now:
        return None
    return Wait(Code.NEW_CHAT_QUOTA, until, WHATSAPP)


def _never_wrote(at: _Moment) -> Wait | None:
    if not at.facts.is_cold:
        return None
    if at.pace.preset is Preset.CONVERSATIONS:
        return Wait(Code.ONLY_CONVERSATIONS, None, at.facts.pace_set)
    spent, today = at.facts.spent, at.facts.hours.today(at.now)
    if (spent.cold if spent.holds_for(today) else 0) < at.pace.cold_per_day:
        return None
    return Wait(Code.NEVER_WROTE, _tomorrow(at), at.facts.pace_set, limit=at.pace.cold_per_day)


def _sent_today(at: _Moment) -> int:
    spent = at.facts.spent
    return spent.sent if spent.holds_for(at.facts.hours.today(at.now)) else 0


def _tomorrow(at: _Moment) -> datetime:
    """When the day after the one that is counted opens."""
    today = at.facts.hours.today(at.now)
    day = at.facts.spent.day
    return at.facts.hours.next_day(max(today, day) if day else today)


# A person's reply passes in front: no hours, no limits, no breaker of campaigns.
REPLY: tuple[Rule, ...] = (_unreadable, _billing, _connection, _in_flight, _reconnected, _reply_gap)
FREE_REPLY: tuple[Rule, ...] = (_unreadable, _billing, _connection, _in_flight)
# The simulator writes to nobody: only what keeps the protocol and its own gap.
FREE: tuple[Rule, ...] = (
    *(_unreadable, _billing, _approval, _campaign, _suppressed, _breaker, _restriction),
    *(_connection, _in_flight, _unchecked, _campaign_gap, _gap),
)
PACED: tuple[Rule, ...] = (
    *FREE[:-1],
    *(_reconnected, _hours, _day, _hour, _rest, _gap, _quota, _never_wrote),
)
