"""A person chooses the pace of a Channel, says since when its number is in use, or takes on a risk."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from uuid import UUID
from zoneinfo import ZoneInfo

from esquadrao.channels.models import Channel
from esquadrao.channels.pace import STEPS, TERMS, Preset
from esquadrao.channels.pair import living
from esquadrao.channels.wake import wake
from esquadrao.companies.access import Permission, require
from esquadrao.companies.models import Company, User
from esquadrao.database import db_now
from esquadrao.errors import Invalid, Issue
from esquadrao.jobs import DispatchMessages
from esquadrao.settings import settings
from esquadrao.signals import Signal, Subject
from esquadrao.unit_of_work import unit_of_work
from esquadrao.words import N_

WHATSAPP_BEGAN = date(2009, 2, 24)  # no number was in use before


@dataclass(frozen=True, slots=True)
class Wanted:
    """`in_use_since` is a day of the Company's calendar; None leaves what is known."""

    preset: Preset
    in_use_since: date | None = None
    is_cold_raised: bool = False
    accepts_risk: bool = False


def presets() -> list[Preset]:
    """Those a person may choose here: the simulator's never meets real people."""
    meets_people = settings().meets_people
    return [one for one in Preset if one is not Preset.SIMULATOR or not meets_people]


async def choose(company: Company, user: User, channel_id: UUID, wanted: Wanted) -> Channel:
    """Holds from the next send. Raises Forbidden, NotFound, Invalid."""
    require(user, Permission.CHANNELS_PAIR)
    moment = await db_now()
    async with unit_of_work() as work:
        channel = await living(company, channel_id)
        zone = ZoneInfo(company.timezone)
        known = channel.in_use_since.astimezone(zone).date() if channel.in_use_since else None
        since = wanted.in_use_since or known
        changes: dict[str, object] = {
            "preset": wanted.preset,
            "pace_set_by": user.id,
            "pace_set_at": moment,
        }
        if since is not None and since != known:
            require(user, Permission.PACE_RISK)
            at = datetime.combine(since, time(), tzinfo=zone).astimezone(UTC)
            changes |= {"in_use_since": at, "in_use_set_by": user.id}
        was_raised = channel.cold_raised_at is not None
        if wanted.is_cold_raised != was_raised:
            require(user, Permission.PACE_RISK)
            raised = wanted.is_cold_raised
            changes["cold_raised_by"] = user.id if raised else None
            changes["cold_raised_at"] = moment if raised else None
        is_older = since is not None and (known is None or since < known)
        is_risky = is_older or (wanted.is_cold_raised and not was_raised)
        _check(wanted, since, moment.astimezone(zone).date(), is_risky=is_risky)
        if wanted.preset != channel.preset:
            is_free = wanted.preset is Preset.SIMULATOR
            changes["gap_min"] = settings().default_gap_min if is_free else 0
            changes["gap_max"] = settings().default_gap_max if is_free else 0
        await Channel.of(company).filter(id=channel.id).update(**changes)
        await wake(company.id, channel.id)
        work.enqueue(DispatchMessages())
        work.signal(Signal(company.id, Subject.CHANNEL, channel.id))
    return await living(company, channel_id)


def _check(wanted: Wanted, since: date | None, today: date, *, is_risky: bool) -> None:
    issues = []
    if wanted.preset not in presets():
        issues.append(Issue("preset", "preset_unknown", N_("Escolha um dos ritmos da lista.")))
    elif wanted.preset is not Preset.SIMULATOR:
        is_for_the_new = TERMS[wanted.preset].per_day[0] > 0
        if not is_for_the_new and (since is None or (today - since).days <= STEPS[-1]):
            issues.append(
                Issue(
                    "preset", "too_new", N_("Este ritmo é para números em uso há mais de 30 dias.")
                )
            )
    if since is not None and not WHATSAPP_BEGAN <= since <= today:
        issues.append(
            Issue("in_use_since", "date", N_("Diga um dia que já passou, por exemplo 15/03/2024."))
        )
    if is_risky and not wanted.accepts_risk:
        issues.append(
            Issue(
                "accepts_risk",
                "risk",
                N_("Para ir além do ritmo seguro, confirme que assume o risco."),
            )
        )
    if issues:
        raise Invalid(code=issues[0].code, issues=tuple(issues))
