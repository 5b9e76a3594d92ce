"""Time as people say it: "em 2 h", "≈ 15:42", the zone by its name. For words only."""

from __future__ import annotations

from datetime import datetime, timedelta

from babel.dates import format_timedelta, get_timezone_name

from esquadrao.clock import now
from web import i18n
from web.i18n import _

SOON = timedelta(hours=20)  # nearer than that, the hour says enough


def end_of(when: datetime) -> str:
    """The hour, and the day where it is another."""
    local = when.astimezone(i18n.zone())
    today = now().astimezone(i18n.zone()).date()
    return i18n.clock(when) if local.date() == today or when - now() < SOON else i18n.moment(when)


def until(when: datetime) -> str:
    """A moment with how far it is: "23/11/2026 14:00, em 2 horas"."""
    far = format_timedelta(
        when - now(), granularity="minute", add_direction=True, locale=i18n.locale()
    )
    return _("{when}, {far}", when=i18n.moment(when), far=far)


def day(when: datetime | None) -> str:
    return i18n.moment(when, "%d/%m/%Y") if when else ""


def length_of(seconds: float) -> str:
    """About how long: "40 s", "12 min", "2 h 10"."""
    minutes = round(seconds / 60)
    if minutes < 1:
        return _("{seconds} s", seconds=max(1, round(seconds)))
    if minutes < 60:  # noqa: PLR2004  # minutes of an hour
        return _("{minutes} min", minutes=minutes)
    hours, rest = divmod(minutes, 60)
    return f"{hours} h {rest:02}" if rest else f"{hours} h"


def zone_name() -> str:
    """The Company's zone as people know it: "Horário Padrão de Brasília"."""
    return str(get_timezone_name(i18n.zone(), width="long", locale=i18n.locale()))


def rate(per_minute: float) -> str:
    """Whole numbers from ten on: a decimal there would only flicker."""
    shown = round(per_minute) if per_minute >= 10 else round(per_minute, 1)  # noqa: PLR2004
    return i18n.decimal(shown)
