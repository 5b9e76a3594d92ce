"""Apply `message.*` events of a batch: one locked read, one pure decision a row, a few set-based writes.

Application is idempotent: an entry read twice, late or out of order changes nothing the second time (`settle.after`),
so the stream needs no cursor and no memory of what was applied.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

import structlog

from esquadrao import sql
from esquadrao.contacts import numbers
from esquadrao.contacts.numbers import Evidence
from esquadrao.database import db_now, dialect
from esquadrao.messages.change import Change
from esquadrao.messages.failures import pause_after
from esquadrao.messages.models import SHARD, BridgeLedger, MessageState
from esquadrao.messages.settle import HANDED_OVER, RANK, Event, Row, after
from esquadrao.settings import settings
from esquadrao.sql import uuid

log = structlog.get_logger()
REFUSED_PAUSE = timedelta(seconds=1)  # a bridge that just refused is not asked again at once
IDS_KEPT = 10_000
SILENT = ("accepted", "delivered", "read", "played")  # what as a rule leaves the Channel as it is
REACHED = (MessageState.DELIVERED, MessageState.READ, MessageState.PLAYED)
NOBODY = ("not_on_whatsapp", "invalid_number")  # codes that say so of a number
ENDED = (MessageState.FAILED, MessageState.UNKNOWN, MessageState.CANCELLED)
MOMENTS = {
    MessageState.ACCEPTED: "accepted_at",
    MessageState.SERVER_ACK: "server_ack_at",
    MessageState.DELIVERED: "delivered_at",
    MessageState.READ: "read_at",
}
TOLD = """
SELECT m.id, m.company_id, m.channel_id, m.campaign_id, m.delivery_id, m.step, m.wa_id, m.state, m.claim_no, m.again,
  m.ledger_id, m.doubt, m.is_being_cancelled, m.code, m.retries, m.is_cold, m.contact_id, m.to_phone
FROM :keys AS v JOIN message m ON m.company_id = v.company_id AND m.channel_id = v.channel_id
  AND m.direction = 'out' AND m.wa_id = v.wa_id
ORDER BY m.id"""
CHANNELS = """
SELECT c.id FROM :keys AS v JOIN channel c ON c.company_id = v.company_id AND c.id = v.id ORDER BY c.id"""
PROTOCOL: dict[str, sql.Kind] = {
    "state": "text",
    "claim_no": "int",
    "again": "int",
    "ledger_id": "text",
    "doubt": "bool",
    "is_being_cancelled": "bool",
    "code": "text",
    "retries": "int",
    "retry_at": "timestamptz",
    "settle_by": "timestamptz",
    "ended_at": "timestamptz",
}
WRITTEN: dict[str, sql.Kind] = {
    "company_id": "uuid",
    "id": "bigint",
    **PROTOCOL,
    **dict.fromkeys(MOMENTS.values(), "timestamptz"),
}
FREED: dict[str, sql.Kind] = {
    "company_id": "uuid",
    "id": "uuid",
    "in_flight_message": "bigint",
    "not_before": "timestamptz",
    "back": "int",
    "cold_back": "int",
}
# Nothing was written: what the claim spent of the Channel's limits is given back, exactly, since only the Message in
# flight is, and while it was no other one counted.
UNWRITTEN = (MessageState.PENDING, MessageState.CANCELLED)
Key = tuple[UUID, UUID, str]  # company, channel, wa_id: the wa_id alone identifies nothing (D33)


async def known_ledger() -> str | None:
    ledger = await BridgeLedger.get_or_none(shard=SHARD)
    return ledger.ledger_id if ledger else None


async def remember_ledger(ledger_id: str) -> bool:
    """The bridge speaks from this ledger now. Whether that is a change: a restore, a lost disk, another WhatsApp."""
    known = await BridgeLedger.get_or_none(shard=SHARD)
    if known is None:
        await BridgeLedger.create(shard=SHARD, ledger_id=ledger_id)
        return False
    if known.ledger_id == ledger_id:
        return False
    log.error("bridge_ledger_changed", before=known.ledger_id, now=ledger_id)
    await BridgeLedger.filter(shard=SHARD).update(ledger_id=ledger_id)
    return True


async def apply(events: list[tuple[str, dict[str, Any]]]) -> list[Change]:
    """Apply (ledger_id, event) pairs inside the caller's transaction; returns what moved."""
    by_key: dict[Key, list[tuple[Event, datetime]]] = defaultdict(list)
    for ledger_id, event in events:
        key = (_id(event["company"]), _id(event["channel"]), str(event["data"]["wa_id"]))
        by_key[key].append((_read(ledger_id, event), _moment(event)))
    await _lock_freed(by_key)
    moved = []
    given = sql.Given({"company_id": "uuid", "channel_id": "uuid", "wa_id": "text"}, list(by_key))
    for found in await sql.rows(TOLD + sql.row_lock("m"), keys=given):
        told = by_key.get(
            (uuid(found["company_id"]), uuid(found["channel_id"]), found["wa_id"]), []
        )
        before = _row(found)
        row = before
        moments: dict[str, datetime] = {}
        for said, at in told:
            risen = after(row, said)
            if risen is not row and (column := MOMENTS.get(risen.state)):
                moments.setdefault(column, at)
            row = risen
        if row != before:
            moved.append(Moved(found, before, row, moments))
    await _write(moved)
    await numbers.seen([shown for one in moved if (shown := one.evidence()) is not None])
    return [one.change() for one in moved]


async def _lock_freed(by_key: dict[Key, list[tuple[Event, datetime]]]) -> None:
    """Channels before Messages: the order every stage locks in, or two of them wait for each other.

    Only those that an event may free: a receipt of a Message acknowledged long ago must not keep dispatch, which skips
    locked Channels, from the next one.
    """
    if dialect() == "sqlite":
        return
    keys = {
        key[:2] for key, told in by_key.items() if any(one.kind not in SILENT for one, _ in told)
    }
    if keys:
        given = sql.Given({"company_id": "uuid", "id": "uuid"}, sorted(keys, key=str))
        await sql.rows(CHANNELS + sql.row_lock("c"), keys=given)


@lru_cache(IDS_KEPT)
def _id(said: str) -> UUID:
    """The same few Companies and Channels come with every event."""
    return UUID(said)


def _read(ledger_id: str, event: dict[str, Any]) -> Event:
    data = event["data"]
    kind = {"message.accepted": "accepted", "message.known": "known"}.get(event["type"]) or str(
        data["rank"]
    )
    return Event(
        kind=kind,
        ledger_id=ledger_id,
        claim_no=int(data["claim_no"]),
        ledger_claim_no=int(data.get("ledger_claim_no") or 0),
        known=str(data.get("state") or ""),
        code=str(data.get("code") or "")[:40],
        is_retryable=bool(data.get("retryable")),
        doubt=bool(data.get("doubt")),
    )


def _moment(event: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(str(event["data"].get("at") or event["at"])).astimezone(UTC)


def _row(found: dict[str, Any]) -> Row:
    return Row(
        state=MessageState(found["state"]),
        claim_no=found["claim_no"],
        again=found["again"],
        ledger_id=found["ledger_id"],
        doubt=bool(found["doubt"]),
        is_being_cancelled=bool(found["is_being_cancelled"]),
        code=found["code"],
        retries=found["retries"],
    )


@dataclass(frozen=True, slots=True)
class Moved:
    """One Message as it was found, as it becomes, and when it first reached the ranks of this batch."""

    found: dict[str, Any]
    before: Row
    row: Row
    moments: dict[str, datetime]

    def change(self) -> Change:
        campaign_id = self.found["campaign_id"]
        return Change(
            uuid(self.found["company_id"]),
            uuid(campaign_id) if campaign_id else None,
            self.found["delivery_id"],
            self.before.state,
            self.row.state,
            self.row.code,
            self.found["step"],
            uuid(self.found["channel_id"]),
        )

    def evidence(self) -> Evidence | None:
        """What it shows of the number: a receipt of the phone that it exists, a refusal that it does not."""
        reached = self.row.state in REACHED and self.before.state not in REACHED
        if not reached and not (self.row.state is MessageState.FAILED and self.row.code in NOBODY):
            return None
        phone = self.found["to_phone"]
        of = (uuid(self.found["company_id"]), uuid(self.found["contact_id"]))
        return Evidence(*of, phone=phone, wrote_to=phone, exists=reached)


async def _write(moved: list[Moved]) -> None:
    """Every row its own values in one statement; of each rank the first moment stays."""
    if not moved:
        return
    now = await db_now()
    rows = []
    for one in moved:
        row = one.row
        protocol = (
            row.state,
            row.claim_no,
            row.again,
            row.ledger_id,
            row.doubt,
            row.is_being_cancelled,
            row.code,
            row.retries,
            now + pause_after(row.retries) if row.retries > one.before.retries else None,
        )
        ranks = [one.moments.get(column) for column in MOMENTS.values()]
        rows.append(
            (
                one.found["company_id"],
                one.found["id"],
                *protocol,
                _settle_by(row, now),
                _ended_at(row, now),
                *ranks,
            )
        )
    sets = {column: f"v.{column}" for column in PROTOCOL} | {
        column: f"COALESCE(t.{column}, v.{column})" for column in MOMENTS.values()
    }
    await sql.update_each("message", sql.Given(WRITTEN, rows), on=("company_id", "id"), sets=sets)
    await _free(moved, now)


def _settle_by(row: Row, now: datetime) -> datetime | None:
    if row.state in HANDED_OVER:
        return now + timedelta(seconds=settings().settle_after)
    return None


def _ended_at(row: Row, now: datetime) -> datetime | None:
    """When it failed, was cancelled or became unknown: breakers look at the newest (campaigns/watch.py)."""
    return now if row.state in ENDED else None


async def _free(moved: list[Moved], now: datetime) -> None:
    """Give the Channel back on server_ack, an end or void (R1); what came back as void waits a moment."""
    rows: list[tuple[object, ...]] = []
    for one in moved:
        is_rank_of_before = one.before.state in RANK and one.row.state in RANK
        # A receipt of what was acknowledged before frees nothing: its Channel has gone on since.
        if one.row.state in HANDED_OVER or is_rank_of_before:
            continue
        key = (one.found["company_id"], one.found["channel_id"], one.found["id"])
        not_before = now + REFUSED_PAUSE if one.row.state is MessageState.PENDING else None
        back = one.row.state in UNWRITTEN and one.found["campaign_id"] is not None
        rows.append((*key, not_before, int(back), int(back and bool(one.found["is_cold"]))))
    if rows:
        await sql.update_each(
            "channel",
            sql.Given(FREED, rows),
            on=("company_id", "id", "in_flight_message"),
            sets={
                "in_flight_message": "NULL",
                "next_send_at": "CASE WHEN v.not_before > t.next_send_at THEN v.not_before ELSE t.next_send_at END",
                "sent_today": _less("sent_today", "back"),
                "sent_in_hour": _less("sent_in_hour", "back"),
                "cold_today": _less("cold_today", "cold_back"),
            },
        )


def _less(column: str, by: str) -> str:
    return f"CASE WHEN t.{column} > 0 THEN t.{column} - v.{by} ELSE 0 END"


def is_free_again(changes: list[Change]) -> bool:
    """Whether some Channel can send its next Message: dispatch is worth a ring."""
    return any(c.before in HANDED_OVER and c.after not in HANDED_OVER for c in changes) or any(
        c.before is MessageState.UNKNOWN and c.after in RANK for c in changes
    )
