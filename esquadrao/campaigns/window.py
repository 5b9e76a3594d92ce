"""What prepare reads: how many Messages wait ready on a Channel, and who comes next. Few statements, plain rows:
a thousand Campaigns are prepared within seconds, and reading models took longer than all the rest of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from math import ceil
from typing import Any
from uuid import UUID

import orjson

from esquadrao import sql
from esquadrao.campaigns.lifecycle import UNPREPARED, DeliveryState
from esquadrao.campaigns.models import MissingVariable
from esquadrao.channels.models import ChannelState
from esquadrao.channels.pace import Preset
from esquadrao.channels.spending import COLUMNS, choice_of
from esquadrao.contacts.models import OnWhatsApp
from esquadrao.contacts.numbers import KNOWN_FOR, known, to_phone
from esquadrao.sql import uuid
from esquadrao.walk import Walk

AHEAD = 30.0  # s of sending kept ready: what a pause or an opt-out may still have to take back
FEWEST, MOST = 5, 400  # messages of a window, whatever the pace
LOOK = 1_000  # people a look for the next ones takes in

STANDING = f"""
SELECT k.channel_id, c.state, k.missing_variable, k.has_footer, o.wa_key,
  {", ".join(f"c.{name}" for name in COLUMNS)}, (
  SELECT COUNT(*) FROM message m
  WHERE m.company_id = k.company_id AND m.campaign_id = k.id AND m.state = 'pending') AS ready, (
  SELECT COUNT(*) FROM variant q
  WHERE q.company_id = k.company_id AND q.campaign_id = k.id AND q.step = -1) AS questions
FROM campaign k JOIN company o ON o.id = k.company_id
  JOIN channel c ON c.company_id = k.company_id AND c.id = k.channel_id
WHERE k.company_id = :company AND k.id = :campaign AND k.state = 'running'"""
# Whoever said yes said it over WhatsApp. Of the others WhatsApp's word must be known, whatever it is.
NEXT = f"""
SELECT d.id, d.contact_id, d.phone AS to_phone, d.state, p.name, p.phone, p.email, p.custom, p.last_wrote_at,
  p.suppressed_at, p.on_whatsapp, p.jid
FROM :page AS d JOIN contact p ON p.company_id = :company AND p.id = d.contact_id
WHERE d.state = 'confirmed' OR {known("p")}
ORDER BY d.id LIMIT :most"""
STILL = """
SELECT d.id FROM delivery d WHERE d.company_id = :company AND d.id IN :ids AND d.state IN ('chosen', 'confirmed')
ORDER BY d.id"""
LEFT = """
SELECT k.id, k.company_id FROM campaign k WHERE k.id IN :ids AND EXISTS (
  SELECT 1 FROM delivery d WHERE d.company_id = k.company_id AND d.campaign_id = k.id
    AND d.state IN ('chosen', 'confirmed'))
"""


@dataclass(frozen=True, slots=True)
class Window:
    """How a running Campaign stands on its Channel."""

    company_id: UUID
    campaign_id: UUID
    channel_id: UUID
    wa_key: str
    missing_variable: MissingVariable
    has_footer: bool
    asks_first: bool
    preset: Preset
    size: int  # Messages that wait ready when it is full
    ready: int
    is_connected: bool

    @property
    def room(self) -> int:
        """How many to prepare: none while it is more than half full, so that batches stay large."""
        return 0 if self.ready > self.size // 2 else self.size - self.ready


@dataclass(frozen=True, slots=True)
class Person:
    """One Delivery that waits to be prepared, and what a text may say of its Contact."""

    delivery_id: int
    contact_id: UUID
    to_phone: str
    name: str
    phone: str
    email: str
    custom: dict[str, Any]
    last_wrote_at: datetime | None
    is_suppressed: bool
    is_absent: bool  # not on WhatsApp
    is_confirmed: bool  # said yes to the question


async def window_of(company_id: UUID, campaign_id: UUID) -> Window | None:
    """None while the Campaign is not running."""
    found = await sql.rows(STANDING, company=company_id, campaign=campaign_id)
    if not found:
        return None
    (row,) = found
    return Window(
        company_id=company_id,
        campaign_id=campaign_id,
        channel_id=uuid(row["channel_id"]),
        wa_key=row["wa_key"],
        missing_variable=MissingVariable(row["missing_variable"]),
        has_footer=bool(row["has_footer"]),
        asks_first=bool(row["questions"]),
        preset=Preset(row["preset"]),
        size=size(row),
        ready=int(row["ready"]),
        is_connected=row["state"] == ChannelState.CONNECTED,
    )


def size(channel: Mapping[str, Any]) -> int:
    """Messages of a full window, by the pace in a Channel's columns."""
    pause = max(choice_of(channel).usual_gap.mean, 0.001)
    return min(MOST, max(FEWEST, ceil(AHEAD / pause)))


async def next_people(
    window: Window, most: int, moment: datetime, *, after: int = 0
) -> list[Person]:
    """The first of the page after a Delivery whose numbers are known, locked inside the caller's transaction; whom
    another worker holds is left to it.
    """
    rows: list[dict[str, Any]] = []
    for state in UNPREPARED if window.asks_first else (DeliveryState.CHOSEN,):
        page = waiting(window.company_id, window.campaign_id, state, after=after)
        since, room = moment - KNOWN_FOR, most - len(rows)
        named = {"company": window.company_id, "page": page, "known_since": since}
        rows += await sql.rows(NEXT, **named, most=room)
    if not rows:
        return []
    ids = [row["id"] for row in rows]
    lock = sql.row_lock("d", skip_locked=True)
    held = await sql.rows(STILL + lock, company=window.company_id, ids=ids)
    mine = {row["id"] for row in held}
    return [_person(row) for row in rows if row["id"] in mine]


def waiting(
    company_id: UUID,
    campaign_id: UUID,
    state: DeliveryState = DeliveryState.CHOSEN,
    *,
    after: int = 0,
    most: int = LOOK,
) -> Walk:
    """A page of those who wait: what a look costs does not grow with who is behind it, nor with other Campaigns."""
    of = {"campaign_id": campaign_id, "state": state}
    columns = ("id", "contact_id", "phone", "state")
    return Walk("delivery", "delivery_state", company_id, of, after, most, columns)


def _person(row: dict[str, Any]) -> Person:
    custom = row["custom"]
    is_confirmed = row["state"] == DeliveryState.CONFIRMED
    return Person(
        delivery_id=int(row["id"]),
        contact_id=uuid(row["contact_id"]),
        # The audience's number, unless WhatsApp knows this person by another spelling.
        to_phone=to_phone({"jid": row["jid"], "phone": row["to_phone"]}),
        name=row["name"],
        phone=row["phone"],
        email=row["email"],
        custom=orjson.loads(custom) if isinstance(custom, str | bytes) else custom or {},
        last_wrote_at=sql.moment(row["last_wrote_at"]),
        is_suppressed=row["suppressed_at"] is not None,
        is_absent=row["on_whatsapp"] == OnWhatsApp.ABSENT and not is_confirmed,
        is_confirmed=is_confirmed,
    )


async def unprepared(campaign_ids: list[UUID]) -> list[tuple[UUID, UUID]]:
    """(Campaign, Company) of those that still have somebody without a Message: only they are worth a ring."""
    if not campaign_ids:
        return []
    found = await sql.rows(LEFT, ids=campaign_ids)
    return [(uuid(row["id"]), uuid(row["company_id"])) for row in found]
