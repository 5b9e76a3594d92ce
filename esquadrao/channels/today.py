"""What a Channel may send today, what of it is spent, and what decides: for its page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from esquadrao.channels.models import Channel
from esquadrao.channels.pace import Pace
from esquadrao.channels.spending import choice_of, columns_of, hours_of_company, spent_of
from esquadrao.companies.models import Company


@dataclass(frozen=True, slots=True)
class Today:
    pace: Pace
    sent: int
    cold: int  # of them, to people who never wrote
    age: int | None  # days in use; None: since when is unknown


def today_of(company: Company, channel: Channel, now: datetime) -> Today:
    hours, row = hours_of_company(company), columns_of(channel)
    choice, spent, today = choice_of(row), spent_of(row), hours.today(now)
    since = hours.today(choice.in_use_since) if choice.in_use_since else None
    is_today = spent.holds_for(today)
    return Today(
        pace=choice.at(now, today=today, since=since),
        sent=spent.sent if is_today else 0,
        cold=spent.cold if is_today else 0,
        age=(today - since).days if since else None,
    )
