"""One Message held back by each rule of the gate: for the tests of the rule, of its words and of its picture."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from esquadrao.channels.hours import CLOSED, Hours
from esquadrao.channels.models import ChannelState
from esquadrao.channels.pace import Choice, Preset, Range, Spent
from esquadrao.messages.gate import Facts
from esquadrao.messages.gate_codes import By, Code, Setter

NOW = datetime(2026, 11, 24, 13, tzinfo=UTC)  # a Tuesday, 10:00 in São Paulo
TODAY = NOW.date()
AGES = NOW - timedelta(days=400)
ANA = UUID(int=1)
SOON = NOW + timedelta(minutes=7)


def facts(
    *, choice: dict[str, Any] | None = None, spent: Spent | None = None, **more: Any
) -> Facts:
    """A Message that may leave now, changed by what is given."""
    return Facts(
        **{
            "state": ChannelState.CONNECTED,
            "state_since": NOW - timedelta(days=1),
            "choice": Choice(**{"in_use_since": AGES, **(choice or {})}),
            "spent": spent or Spent(),
            **more,
        }
    )


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


CHOSEN = Setter(By.CHANNEL, ANA, NOW - timedelta(days=12))
EXAMPLES: dict[Code, tuple[Facts, datetime]] = {
    Code.UNREADABLE: (facts(is_unreadable=True), NOW),
    Code.BILLING: (facts(is_blocked_by_billing=True), NOW),
    Code.APPROVAL: (facts(lacks_approval=True), NOW),
    Code.CAMPAIGN_NOT_RUNNING: (facts(is_campaign_running=False), NOW),
    Code.SUPPRESSED: (facts(is_suppressed=True), NOW),
    Code.BREAKER: (facts(breaker="failed_share"), NOW),
    Code.RESTRICTED: (facts(restriction="lock", restricted_until=SOON), NOW),
    Code.RESTRICTION_REVIEW: (facts(restriction="lock", restricted_until=NOW), NOW),
    Code.CHANNEL_NOT_CONNECTED: (facts(state=ChannelState.RECONNECTING), NOW),
    Code.IN_FLIGHT: (facts(is_in_flight=True), NOW),
    Code.NUMBER_NOT_CHECKED: (facts(is_unchecked=True), NOW),
    Code.RECONNECTED: (facts(state_since=NOW - timedelta(seconds=20)), NOW),
    Code.NEVER_OPEN: (facts(hours=Hours(week=" ".join([CLOSED] * 7))), NOW),
    Code.HOURS: (
        facts(hours_set=Setter(By.COMPANY, ANA, NOW - timedelta(days=12))),
        at("2026-11-28 20:00"),
    ),
    Code.HOLIDAY: (facts(), at("2026-12-25 13:00")),
    Code.DAY_LIMIT: (facts(spent=Spent(day=TODAY, sent=400), pace_set=CHOSEN), NOW),
    Code.DAY_WARM_UP: (
        facts(choice={"in_use_since": NOW - timedelta(days=5)}, spent=Spent(day=TODAY, sent=50)),
        NOW,
    ),
    Code.DAY_IDLE: (
        facts(
            choice={"stepped_down_until": NOW + timedelta(days=2)}, spent=Spent(day=TODAY, sent=200)
        ),
        NOW,
    ),
    Code.DAY_HALVED: (
        facts(choice={"halved_until": NOW + timedelta(days=2)}, spent=Spent(day=TODAY, sent=200)),
        NOW,
    ),
    Code.HOUR_LIMIT: (
        facts(spent=Spent(day=TODAY, hour_started_at=NOW - timedelta(minutes=40), in_hour=120)),
        NOW,
    ),
    Code.REST: (facts(spent=Spent(rest_until=SOON)), NOW),
    Code.PACE: (facts(spent=Spent(gap_until=NOW + timedelta(seconds=44)), pace_set=CHOSEN), NOW),
    Code.REPLY_PACE: (facts(is_reply=True, spent=Spent(last_sent_at=NOW)), NOW),
    Code.NEW_CHAT_QUOTA: (facts(is_cold=True, quota_until=NOW + timedelta(days=9)), NOW),
    Code.NEVER_WROTE: (facts(is_cold=True, spent=Spent(day=TODAY, sent=31, cold=20)), NOW),
    Code.CAMPAIGN_PACE: (
        facts(
            campaign_gap=Range(300, 450),
            campaign_until=SOON,
            campaign_pace_set=Setter(By.CAMPAIGN, ANA, NOW - timedelta(days=12)),
        ),
        NOW,
    ),
    Code.ONLY_CONVERSATIONS: (
        facts(is_cold=True, choice={"preset": Preset.CONVERSATIONS}, pace_set=CHOSEN),
        NOW,
    ),
}


def simulated(given: Facts) -> Facts:
    return replace(given, choice=replace(given.choice, preset=Preset.SIMULATOR))
