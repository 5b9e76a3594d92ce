"""Apply `message.*` events of a batch: one locked read, one pure decision a row, a few set-based writes.

Application is idempotent: an entry read twice, late or out of order changes nothing the second time (`settle.after`),
so the stream needs no cursor and no memory of what was applied.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import structlog

from esquadrao import sql
from esquadrao.channels.models import Channel
from esquadrao.database import db_now, dialect, locked
from esquadrao.messages.change import Change
from esquadrao.messages.models import BridgeLedger, Message, MessageState
from esquadrao.messages.settle import HANDED_OVER, RANK, Event, Row, after
from esquadrao.settings import settings

log = structlog.get_logger()
REFUSED_PAUSE = timedelta(seconds=1)  # a bridge that just refused is not asked again at once
SILENT = ("accepted", "delivered", "read", "played")  # what as a rule leaves the Channel as it is
MOMENTS = {
    MessageState.ACCEPTED: "accepted_at",
    MessageState.SERVER_ACK: "server_ack_at",
    MessageState.DELIVERED: "delivered_at",
    MessageState.READ: "read_at",
}
Key = tuple[UUID, UUID, str]  # company, channel, wa_id: the wa_id alone identifies nothing (D33)


async def remember_ledger(ledger_id: str) -> None:
    """The bridge speaks from this ledger now; a change is logged, since it means a restore or a lost disk."""
    known = await BridgeLedger.get_or_none(shard=0)
    if known is None:
        await BridgeLedger.create(shard=0, ledger_id=ledger_id)
    elif known.ledger_id != ledger_id:
        log.error("bridge_ledger_changed", before=known.ledger_id, now=ledger_id)
        await BridgeLedger.filter(shard=0).update(ledger_id=ledger_id)


async def apply(events: list[tuple[str, dict[str, Any]]]) -> list[Change]:
    """Apply (ledger_id, event) pairs inside the caller's transaction; returns what moved."""
    by_key: dict[Key, list[tuple[Event, datetime]]] = defaultdict(list)
    for ledger_id, event in events:
        key = (UUID(event["company"]), UUID(event["channel"]), str(event["data"]["wa_id"]))
        by_key[key].append((_read(ledger_id, event), _moment(event)))
    channel_ids = sorted({key[1] for key in by_key}, key=str)
    await _lock_freed(by_key)
    wa_ids = [key[2] for key in by_key]
    found = (
        Message.across_companies()
        .filter(channel_id__in=channel_ids, wa_id__in=wa_ids)
        .order_by("id")
    )
    moved = []
    for message in await locked(found):
        told = by_key.get((message.company_id, message.channel_id, message.wa_id), [])
        before = _row(message)
        row = before
        moments: dict[str, datetime] = {}
        for said, at in told:
            risen = after(row, said)
            if (
                risen is not row
                and (column := MOMENTS.get(risen.state))
                and getattr(message, column) is None
            ):
                moments.setdefault(column, at)
            row = risen
        if row != before:
            moved.append((message, before, row, moments))
    await _write(moved)
    return [
        Change(m.company_id, m.campaign_id, m.delivery_id, before.state, row.state, row.code)
        for m, before, row, _ in moved
    ]


async def _lock_freed(by_key: dict[Key, list[tuple[Event, datetime]]]) -> None:
    """Channels before Messages: the order every stage locks in, or two of them wait for each other.

    Only those that an event may free: a receipt of a Message acknowledged long ago must not keep dispatch, which skips
    locked Channels, from the next one.
    """
    if dialect() == "sqlite":
        return
    ids = {key[1] for key, told in by_key.items() if any(one.kind not in SILENT for one, _ in told)}
    freed = Channel.across_companies().filter(id__in=sorted(ids, key=str))
    await locked(freed.order_by("id").only("id"))


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


def _row(message: Message) -> Row:
    return Row(
        state=message.state,
        claim_no=message.claim_no,
        again=message.again,
        ledger_id=message.ledger_id,
        doubt=message.doubt,
        is_being_cancelled=message.is_being_cancelled,
        code=message.code,
    )


async def _write(moved: list[tuple[Message, Row, Row, dict[str, datetime]]]) -> None:
    """Rows that become the same are written together; the first time of each rank is kept beside them."""
    moment = await db_now()
    alike: dict[Row, list[Message]] = defaultdict(list)
    seen: dict[str, list[tuple[object, object]]] = defaultdict(list)
    for message, _, row, moments in moved:
        alike[row].append(message)
        for column, at in moments.items():
            seen[column].append((message.id, at))
    for row, messages in alike.items():
        await (
            Message.across_companies()
            .filter(id__in=[one.id for one in messages])
            .update(
                state=row.state,
                claim_no=row.claim_no,
                ledger_id=row.ledger_id,
                doubt=row.doubt,
                is_being_cancelled=row.is_being_cancelled,
                code=row.code,
                settle_by=_settle_by(row, moment),
            )
        )
    for column, pairs in seen.items():
        case, values = sql.choices(pairs, of="id", cast="timestamptz", prefix="t")
        statement = f"UPDATE message SET {column} = {case} WHERE id IN :ids AND {column} IS NULL"
        await sql.run(statement, ids=[key for key, _ in pairs], **values)
    await _free(moved, moment)


def _settle_by(row: Row, moment: datetime) -> datetime | None:
    if row.state in HANDED_OVER:
        return moment + timedelta(seconds=settings().settle_after)
    return None


async def _free(
    moved: list[tuple[Message, Row, Row, dict[str, datetime]]], moment: datetime
) -> None:
    """Give the Channel back on server_ack, an end or void (R1)."""
    rested = [(message, row) for message, before, row, _ in moved if row.state not in HANDED_OVER]
    if not rested:
        return
    returned = [message.id for message, row in rested if row.state is MessageState.PENDING]
    if returned:
        busy = Channel.across_companies().filter(in_flight_message__in=returned)
        await busy.filter(next_send_at__lt=moment + REFUSED_PAUSE).update(
            next_send_at=moment + REFUSED_PAUSE
        )
    ids = [message.id for message, _ in rested]
    await (
        Channel.across_companies().filter(in_flight_message__in=ids).update(in_flight_message=None)
    )


def is_free_again(changes: list[Change]) -> bool:
    """Whether some Channel can send its next Message: dispatch is worth a ring."""
    return any(c.before in HANDED_OVER and c.after not in HANDED_OVER for c in changes) or any(
        c.before is MessageState.UNKNOWN and c.after in RANK for c in changes
    )
