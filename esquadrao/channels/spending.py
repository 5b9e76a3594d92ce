"""A Channel's row and its Company's, read as what the pure parts of the pace understand.

Both take a mapping of columns, so that a raw row of the claiming statement and a model's row read alike.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from esquadrao import sql
from esquadrao.channels.hours import Hours
from esquadrao.channels.models import Channel
from esquadrao.channels.pace import Choice, Preset, Range, Spent
from esquadrao.companies.models import Company
from esquadrao.settings import settings

# What `choice_of` and `spent_of` read of a Channel.
COLUMNS = (
    *("preset", "gap_min", "gap_max", "in_use_since", "cold_raised_at", "halved_until"),
    *("gap_until", "rest_until", "sends_to_rest", "spent_day", "sent_today", "cold_today"),
    *("hour_started_at", "sent_in_hour", "last_sent_at", "stepped_down_until"),
)
# What `hours_of` reads of a Company.
HOURS = ("timezone", "sending_week", "holiday_state", "has_optional_holidays", "own_holidays")
# How a `Spent` is written, column by column.
SPENT: dict[str, sql.Kind] = {
    "gap_until": "timestamptz",
    "rest_until": "timestamptz",
    "sends_to_rest": "int",
    "spent_day": "text",
    "sent_today": "int",
    "cold_today": "int",
    "hour_started_at": "timestamptz",
    "sent_in_hour": "int",
    "last_sent_at": "timestamptz",
    "stepped_down_until": "timestamptz",
}


def columns_of(channel: Channel) -> dict[str, Any]:
    return {name: getattr(channel, name) for name in COLUMNS}


def choice_of(row: Mapping[str, Any]) -> Choice:
    preset, own_gap = Preset(row["preset"]), Range(row["gap_min"], row["gap_max"])
    if preset is Preset.SIMULATOR:
        # A database that was the simulator's and now meets real people: its Channels get the careful pace.
        meets_people = settings().meets_people
        return Choice(Preset.SAFE, own_gap) if meets_people else Choice(preset, own_gap)
    return Choice(
        preset=preset,
        own_gap=own_gap,
        in_use_since=sql.moment(row["in_use_since"]),
        is_cold_raised=row["cold_raised_at"] is not None,
        last_sent_at=sql.moment(row["last_sent_at"]),
        stepped_down_until=sql.moment(row["stepped_down_until"]),
        halved_until=sql.moment(row["halved_until"]),
    )


def spent_of(row: Mapping[str, Any]) -> Spent:
    return Spent(
        day=date.fromisoformat(row["spent_day"]) if row["spent_day"] else None,
        sent=row["sent_today"],
        cold=row["cold_today"],
        hour_started_at=sql.moment(row["hour_started_at"]),
        in_hour=row["sent_in_hour"],
        sends_to_rest=row["sends_to_rest"],
        gap_until=sql.moment(row["gap_until"]),
        rest_until=sql.moment(row["rest_until"]),
        last_sent_at=sql.moment(row["last_sent_at"]),
        stepped_down_until=sql.moment(row["stepped_down_until"]),
    )


def written(spent: Spent) -> tuple[object, ...]:
    """Its values in the order of SPENT."""
    return (
        spent.gap_until,
        spent.rest_until,
        spent.sends_to_rest,
        spent.day.isoformat() if spent.day else "",
        spent.sent,
        spent.cold,
        spent.hour_started_at,
        spent.in_hour,
        spent.last_sent_at,
        spent.stepped_down_until,
    )


def hours_of(row: Mapping[str, Any]) -> Hours:
    return Hours(
        zone=row["timezone"],
        week=row["sending_week"],
        state=row["holiday_state"],
        has_optional=bool(row["has_optional_holidays"]),
        own=row["own_holidays"],
    )


def hours_of_company(company: Company) -> Hours:
    return hours_of({name: getattr(company, name) for name in HOURS})
