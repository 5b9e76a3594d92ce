"""Claim the first due Message of every due Channel and say what to write to the bridge (handover.md R1, R2).

The Channel's row is the lock: only who holds it moves a Message of that Channel from pending to sending, so two
dispatchers, or one that froze and woke, cannot both claim. Locks are taken in one order everywhere, Channel before
Message before Delivery before Campaign.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from esquadrao import sql
from esquadrao.channels import spending
from esquadrao.channels.pace import REPLY_GAP, Spent, spend, spend_reply
from esquadrao.gateways.bridge import Command
from esquadrao.messages import campaign_pace, gate_facts
from esquadrao.messages.change import Change
from esquadrao.messages.due import due_channels
from esquadrao.messages.gate import Facts
from esquadrao.messages.gate_codes import CAMPAIGN_ONLY, COLD_ONLY, MESSAGE_ONLY, Allow, Code, Wait
from esquadrao.messages.models import MessageState
from esquadrao.messages.receipts import known_ledger
from esquadrao.messages.settle import withdrawn
from esquadrao.settings import settings
from esquadrao.sql import uuid

# Channels one claim takes: 500 rows of 4 statements stay far below 200 ms, the longest SQLite may be held.
MOST_CHANNELS = 500
LOOK_AGAIN = timedelta(
    seconds=15
)  # at who waits for a person: whoever lifts the rule also wakes the Channel
SUPPRESSED = Code.SUPPRESSED.value
DRAWS = random.Random()  # noqa: S311  # the pause of a person typing, not a secret

# What a person shows while writing: seconds before the Message, within the pause that follows it anyway.
TYPING = (2.0, 8.0)
LETTERS_A_SECOND = (
    20  # quicker than anybody types, so that long texts stay within the eight seconds
)

FIRST = """
SELECT m.id, m.company_id, m.channel_id, m.campaign_id, m.delivery_id, m.step, m.wa_id, m.to_phone, m.body,
  m.claim_no, m.again, m.is_cold, m.doubt,
  (SELECT p.suppressed_at FROM contact p WHERE p.company_id = m.company_id AND p.id = m.contact_id) AS suppressed_at
FROM :keys AS v JOIN message m ON m.company_id = v.company_id AND m.id = v.id
WHERE m.state = 'pending' ORDER BY m.id"""
KEY: dict[str, sql.Kind] = {"company_id": "uuid", "id": "bigint"}
OCCUPIED: dict[str, sql.Kind] = {
    "company_id": "uuid",
    "id": "uuid",
    "message_id": "bigint",
    "last_campaign_id": "uuid",
    "next_send_at": "timestamptz",
    **spending.SPENT,
}
HELD: dict[str, sql.Kind] = {
    "company_id": "uuid",
    "id": "uuid",
    "next_send_at": "timestamptz",
    "next_cold_at": "timestamptz",
}


@dataclass(frozen=True, slots=True)
class Turn:
    """A due Channel, its first Message, and what the gate says of both."""

    channel: dict[str, Any]
    message: dict[str, Any]
    facts: Facts
    answer: Allow | Wait

    @property
    def is_dropped(self) -> bool:
        """The rule is the Message's own: its Channel goes on with the next."""
        return isinstance(self.answer, Wait) and self.answer.code in MESSAGE_ONLY


@dataclass(frozen=True, slots=True)
class Claim:
    """Messages that are now `sending`: what to write to the bridge after the commit, and what to tell the Campaigns."""

    commands: list[Command]
    changes: list[Change]
    slowed: list[campaign_pace.Slowed] = field(default_factory=list)  # Campaigns that now wait


async def claim(moment: datetime) -> Claim:
    """Claim inside the caller's transaction."""
    # The statement selects by what an index can see; the gate decides, on the rows it locked.
    due = await due_channels(moment, most=MOST_CHANNELS)
    firsts = [
        (row["company_id"], row["message_id"]) for row in due if row["message_id"] is not None
    ]
    if not firsts:
        return Claim([], [])
    found = await sql.rows(FIRST + sql.row_lock("m"), keys=sql.Given(KEY, firsts))
    turns = await _asked(due, {uuid(one["channel_id"]): one for one in found}, moment)
    dropped = [one for one in turns if one.is_dropped]
    waits = [one for one in turns if isinstance(one.answer, Wait) and not one.is_dropped]
    await _hold(waits, moment)
    gone = await _drop([one.message for one in dropped], moment)
    allowed = [one for one in turns if isinstance(one.answer, Allow)]
    messages = [one.message for one in allowed]
    if not messages:
        return Claim([], gone)
    settle_by = moment + timedelta(seconds=settings().settle_after)
    ledger_id = await known_ledger()
    await sql.update_each(
        "message",
        sql.Given(KEY, [(one["company_id"], one["id"]) for one in messages]),
        on=("company_id", "id"),
        sets={
            "state": "'sending'",
            "claim_no": "t.claim_no + 1",
            "settle_by": ":settle_by",
            "asked_at": "NULL",
            "ledger_id": ":ledger_id",
            "code": "''",
        },
        where="t.state = 'pending'",
        settle_by=settle_by,
        ledger_id=ledger_id,
    )
    spent = await _occupy(allowed, moment)
    changes = [_moved(one, MessageState.SENDING) for one in messages]
    commands = [
        _send(one, ledger_id, settle_by, typing_ms(one, spent[at], moment))
        for at, one in enumerate(allowed)
    ]
    paced = [(one.message, one.facts.campaign_gap) for one in allowed]
    return Claim(commands, [*gone, *changes], campaign_pace.slowed(paced, moment, DRAWS))


async def _asked(
    due: list[dict[str, Any]], messages: dict[UUID, dict[str, Any]], moment: datetime
) -> list[Turn]:
    """The gate's answer for the first Message of each Channel, in the order of the Messages' ids."""
    companies = await gate_facts.companies_of(due)
    paces = await campaign_pace.of_campaigns(messages.values())
    turns = []
    for row in due:
        message = messages.get(uuid(row["id"]))
        if message is None:
            continue
        company = companies.get(uuid(row["company_id"]), gate_facts.NO_COMPANY)
        of = gate_facts.of_claimed(message, paces)
        turns.append(Turn(row, message, *gate_facts.asked(row, company, of, moment)))
    return sorted(turns, key=lambda turn: int(turn.message["id"]))


def _moved(message: dict[str, Any], state: MessageState, code: str = "") -> Change:
    campaign_id = message["campaign_id"]
    return Change(
        uuid(message["company_id"]),
        uuid(campaign_id) if campaign_id else None,
        message["delivery_id"],
        MessageState.PENDING,
        state,
        code,
        message["step"],
    )


async def _drop(messages: list[dict[str, Any]], moment: datetime) -> list[Change]:
    """The last look: who asked to be left alone after the Message was prepared. With doubt nobody may say so (R7)."""
    changes = [
        _moved(one, withdrawn(is_in_doubt=bool(one["doubt"])), SUPPRESSED) for one in messages
    ]
    rows = [
        (one["company_id"], one["id"], change.after)
        for one, change in zip(messages, changes, strict=True)
    ]
    if rows:
        await sql.update_each(
            "message",
            sql.Given({**KEY, "state": "text"}, rows),
            on=("company_id", "id"),
            sets={"state": "v.state", "code": ":code", "ended_at": ":moment"},
            where="t.state = 'pending'",
            code=SUPPRESSED,
            moment=moment,
        )
    return changes


async def _hold(turns: list[Turn], moment: datetime) -> None:
    """Let dispatch look again when the gate's own rule has ended; who waits for a person is looked at now and then."""
    rows: list[tuple[object, ...]] = []
    for turn in turns:
        assert isinstance(turn.answer, Wait)  # noqa: S101  # the caller's
        if turn.answer.code in CAMPAIGN_ONLY:
            continue  # chosen while another claim began its pause: the next look passes over it
        until = turn.answer.until or moment + LOOK_AGAIN
        is_cold = turn.answer.code in COLD_ONLY
        key = (turn.channel["company_id"], turn.channel["id"])
        rows.append((*key, None if is_cold else until, until if is_cold else None))
    if rows:
        await sql.update_each(
            "channel",
            sql.Given(HELD, rows),
            on=("company_id", "id"),
            sets={
                "next_send_at": "COALESCE(v.next_send_at, t.next_send_at)",
                "next_cold_at": "COALESCE(v.next_cold_at, t.next_cold_at)",
            },
        )


async def _occupy(turns: list[Turn], moment: datetime) -> list[Spent]:
    """One Message in flight a Channel, and what it spends of the pace: counted with the claim, so a crash changes it
    not, and given back where the ledger says that nothing was written. Returns what each spent.
    """
    rows: list[tuple[object, ...]] = []
    all_spent: list[Spent] = []
    for turn in turns:
        channel, message = turn.channel, turn.message
        campaign_id = message["campaign_id"] or channel["last_campaign_id"]
        spent = _spent(turn.facts, moment)
        all_spent.append(spent)
        key = (channel["company_id"], channel["id"], message["id"], campaign_id)
        rows.append((*key, _next(turn.facts, spent, moment), *spending.written(spent)))
    sets = {name: f"v.{name}" for name in ("last_campaign_id", *spending.SPENT)}
    await sql.update_each(
        "channel",
        sql.Given(OCCUPIED, rows),
        on=("company_id", "id"),
        sets={"in_flight_message": "v.message_id", "next_send_at": "v.next_send_at", **sets},
        where="t.in_flight_message IS NULL",
    )
    return all_spent


def typing_ms(turn: Turn, spent: Spent, moment: datetime) -> int:
    """How long to show that somebody types, by the text's length; nothing where the pause after it is shorter.

    A reply's pause is, and so is that of a simulator nobody looks at. Well below the time a claim has, or it expires.
    """
    if turn.facts.is_reply or spent.gap_until is None:
        return 0
    least, most = TYPING
    wanted = min(most, max(least, len(turn.message["body"]) / LETTERS_A_SECOND))
    gap = (spent.gap_until - moment).total_seconds()
    return round(wanted * 1_000) if wanted < min(gap, settings().settle_after / 2) else 0


def _next(facts: Facts, spent: Spent, moment: datetime) -> datetime:
    """After a reply another may follow at once; the gate holds a Campaign to its pause."""
    if facts.is_reply:
        return moment + timedelta(seconds=REPLY_GAP)
    return max(spent.gap_until or moment, spent.rest_until or moment)


def _spent(facts: Facts, moment: datetime) -> Spent:
    if facts.is_reply:
        return spend_reply(facts.spent, now=moment)
    today = facts.hours.today(moment)
    return spend(
        facts.spent,
        facts.pace(moment),
        now=moment,
        today=today,
        is_cold=facts.is_cold,
        random=DRAWS,
    )


def _send(turn: Turn, ledger_id: str | None, settle_by: datetime, typing: int) -> Command:
    message = turn.message
    return Command(
        "message.send",
        uuid(message["company_id"]),
        uuid(message["channel_id"]),
        {
            "wa_id": message["wa_id"],
            "to": message["to_phone"],
            "content": {"text": message["body"]},
            "typing_ms": typing,
            "claim_no": message["claim_no"] + 1,
            "again": message["again"],
            "ledger_id": ledger_id,
            # Late for its claim is late for good: the bridge voids it and the row comes back to pending (R7).
            "expires_at": settle_by.isoformat(),
        },
    )
