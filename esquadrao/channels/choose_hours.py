"""A person chooses when the Company's Campaigns send, within the floor no one lowers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from esquadrao.channels.hours import CLOSED, FLOOR, STATES, read_week
from esquadrao.channels.wake import wake
from esquadrao.companies.access import Permission, require
from esquadrao.companies.models import Company, User
from esquadrao.database import db_now
from esquadrao.errors import Invalid, Issue
from esquadrao.jobs import DispatchMessages
from esquadrao.unit_of_work import unit_of_work
from esquadrao.words import N_

# The zones people live in, from east to west; no summer time since 2019.
ZONES = {
    "America/Noronha": N_("Fernando de Noronha"),
    "America/Sao_Paulo": N_("Brasília"),
    "America/Manaus": N_("Manaus"),
    "America/Cuiaba": N_("Cuiabá"),
    "America/Rio_Branco": N_("Rio Branco"),
}
CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")
DAY = re.compile(r"(\d{1,2})/(\d{1,2})(?:/(\d{4}))?")
MOST_DAYS = 60  # of the Company's own; the column holds 1,000 characters
LEAP = 2000  # a year that has every day


@dataclass(frozen=True, slots=True)
class Week:
    """Two clock texts a day, Monday first; both empty: nothing leaves that day."""

    days: Sequence[tuple[str, str]]
    zone: str
    state: str = ""
    has_optional: bool = False
    own: str = ""


async def choose_hours(company: Company, user: User, wanted: Week) -> None:
    """Holds from the next send. Raises Forbidden, Invalid."""
    require(user, Permission.COMPANY_DATA)
    issues: list[Issue] = []
    week = " ".join(_window(number, pair, issues) for number, pair in enumerate(wanted.days))
    own = " ".join(_day(text, issues) for text in re.split(r"[\s,;]+", wanted.own) if text)
    if wanted.zone not in ZONES and wanted.zone != company.timezone:
        issues.append(Issue("zone", "zone", N_("Escolha um dos fusos da lista.")))
    if wanted.state and wanted.state not in STATES:
        issues.append(Issue("state", "state", N_("Escolha um dos estados da lista.")))
    if not issues and not any(read_week(week)):
        issues.append(Issue("from0", "never", N_("Escolha ao menos um dia com horário.")))
    if len(own.split()) > MOST_DAYS:
        issues.append(Issue("own", "many", N_("São dias demais: guarde no máximo 60.")))
    if issues:
        raise Invalid(code=issues[0].code, issues=tuple(issues))
    async with unit_of_work() as work:
        await Company.of(company).update(
            timezone=wanted.zone,
            sending_week=week,
            holiday_state=wanted.state,
            has_optional_holidays=wanted.has_optional,
            own_holidays=own,
            hours_set_by=user.id,
            hours_set_at=await db_now(),
        )
        await wake(company.id)
        work.enqueue(DispatchMessages())


def _window(number: int, pair: tuple[str, str], issues: list[Issue]) -> str:
    if not any(pair):
        return CLOSED
    found = [CLOCK.fullmatch(text) for text in pair]
    minutes = [int(one[1]) * 60 + int(one[2]) for one in found if one]
    if len(minutes) < 2:  # noqa: PLR2004  # a window has two ends
        issues.append(Issue(f"from{number}", "clock", N_("Escreva as horas como 08:00 e 18:00.")))
        return CLOSED
    start, end = minutes
    if start < FLOOR[0] or end > FLOOR[1] or start >= end:
        issues.append(
            Issue(
                f"from{number}", "floor", N_("O horário vai de 07:00 a 22:00, do menor ao maior.")
            )
        )
        return CLOSED
    return f"{start // 60:02}{start % 60:02}-{end // 60:02}{end % 60:02}"


def _day(text: str, issues: list[Issue]) -> str:
    found = DAY.fullmatch(text)
    try:
        day = date(*(int(one or LEAP) for one in found.group(3, 2, 1))) if found else None
    except ValueError:
        day = None
    if found is None or day is None:
        issues.append(
            Issue("own", "day", N_("Escreva os dias como 24/06 ou 24/06/2027, um por linha."))
        )
        return ""
    return day.isoformat() if found[3] else f"{day:%m-%d}"


def own_as_typed(own: str) -> str:
    """The Company's days as people write them, one a line."""
    return "\n".join("/".join(reversed(one.split("-"))) for one in own.split())
