"""What the gate must know, read: set-based for the Channels of a claim, from two rows for a page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog

from esquadrao import sql
from esquadrao.channels.hours import Hours
from esquadrao.channels.models import Channel, ChannelState
from esquadrao.channels.pace import Preset
from esquadrao.channels.spending import COLUMNS, HOURS, choice_of, hours_of, spent_of
from esquadrao.companies.models import Company
from esquadrao.messages.campaign_pace import NONE, OwnPace
from esquadrao.messages.gate import Facts, gate
from esquadrao.messages.gate_codes import Allow, By, Setter, Wait
from esquadrao.sql import uuid

log = structlog.get_logger()
# What a claim reads of each Channel for the gate.
CHANNEL = (
    *("state", "state_since", "in_flight_message", "pace_set_by", "pace_set_at"),
    *("restriction", "restricted_until", "quota_until", "breaker"),
    *COLUMNS,
)
COMPANY = (*HOURS, "hours_set_by", "hours_set_at")
COMPANIES = (
    f"SELECT o.id, {', '.join(f'o.{name}' for name in COMPANY)} FROM company o WHERE o.id IN :ids"
)


@dataclass(frozen=True, slots=True)
class OfMessage:
    """What the gate asks of a Message."""

    is_reply: bool = False
    is_cold: bool = False
    is_suppressed: bool = False
    is_unchecked: bool = False
    is_campaign_running: bool = True
    campaign_set: Setter = Setter(By.CAMPAIGN)  # noqa: RUF009  # frozen
    own_pace: OwnPace = OwnPace()  # noqa: RUF009  # frozen


@dataclass(frozen=True, slots=True)
class OfCompany:
    hours: Hours
    hours_set: Setter


FIRST = OfMessage()
# The simulator keeps no hours: its Channels need no Company.
NO_COMPANY = OfCompany(Hours(), Setter(By.COMPANY))


async def companies_of(rows: Iterable[Mapping[str, Any]]) -> dict[UUID, OfCompany]:
    """The hours of the Companies whose Channels keep any, in one statement; none when all are the simulator's."""
    ids = {uuid(row["company_id"]) for row in rows if row["preset"] != Preset.SIMULATOR}
    if not ids:
        return {}
    found = await sql.rows(COMPANIES, ids=sorted(ids))
    return {uuid(row["id"]): _company(row) for row in found}


def of_claimed(message: Mapping[str, Any], paces: Mapping[UUID, OwnPace]) -> OfMessage:
    """Of a Message the claim read; `paces` are those of the Campaigns that have their own."""
    campaign_id = message["campaign_id"]
    return OfMessage(
        is_reply=campaign_id is None,
        is_cold=bool(message["is_cold"]),
        is_suppressed=message["suppressed_at"] is not None,
        own_pace=paces.get(uuid(campaign_id), NONE) if campaign_id else NONE,
    )


def facts_from(row: Mapping[str, Any], company: OfCompany, of: OfMessage = FIRST) -> Facts:
    state_since = sql.moment(row["state_since"])
    assert state_since is not None  # noqa: S101  # the column holds no NULL
    return Facts(
        state=ChannelState(row["state"]),
        state_since=state_since,
        choice=choice_of(row),
        spent=spent_of(row),
        hours=company.hours,
        is_in_flight=row["in_flight_message"] is not None,
        breaker=row["breaker"],
        restriction=row["restriction"],
        restricted_until=sql.moment(row["restricted_until"]),
        quota_until=sql.moment(row["quota_until"]),
        pace_set=_setter(By.CHANNEL, row["pace_set_by"], row["pace_set_at"]),
        hours_set=company.hours_set,
        is_reply=of.is_reply,
        is_cold=of.is_cold,
        is_suppressed=of.is_suppressed,
        is_unchecked=of.is_unchecked,
        is_campaign_running=of.is_campaign_running,
        campaign_set=of.campaign_set,
        campaign_gap=of.own_pace.gap,
        campaign_until=of.own_pace.until,
        campaign_pace_set=of.own_pace.set_by,
    )


def asked(
    row: Mapping[str, Any], company: OfCompany, of: OfMessage, now: datetime
) -> tuple[Facts, Allow | Wait]:
    """What the gate says of a row. One that cannot be read holds its own Channel, and no other of the claim (D24)."""
    try:
        facts = facts_from(row, company, of)
        return facts, gate(facts, now)
    except (ValueError, KeyError, TypeError):  # a zone, a week or a preset nobody knows
        log.exception("channel_unreadable", channel_id=str(row["id"]))
        facts = Facts(ChannelState.CONNECTED, now, is_unreadable=True)
        return facts, gate(facts, now)


def facts_of(channel: Channel, company: Company, of: OfMessage = FIRST) -> Facts:
    """For a page, which asks why nothing leaves: the Message in flight is no reason, it is leaving."""
    return facts_from(*_rows(channel, company), of)


def answer_of(channel: Channel, company: Company, of: OfMessage, now: datetime) -> Allow | Wait:
    """As `facts_of`, with what the gate says of it."""
    return asked(*_rows(channel, company), of, now)[1]


def _rows(channel: Channel, company: Company) -> tuple[dict[str, Any], OfCompany]:
    row = {name: getattr(channel, name) for name in ("id", *CHANNEL)} | {"in_flight_message": None}
    return row, _company({name: getattr(company, name) for name in COMPANY})


def _company(row: Mapping[str, Any]) -> OfCompany:
    return OfCompany(hours_of(row), _setter(By.COMPANY, row["hours_set_by"], row["hours_set_at"]))


def _setter(by: By, user_id: object, at: object) -> Setter:
    return Setter(by, uuid(user_id) if user_id else None, sql.moment(at))
