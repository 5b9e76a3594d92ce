"""The line that adds up: chosen = skipped + waiting + sending + sent + failed + unknown + cancelled.

Counters move by deltas in the transaction that moves the rows; nobody counts rows to show a page. `recount` compares
them with the rows and mends what a defect of ours would have left.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple
from uuid import UUID

import structlog
from tortoise.expressions import F

from esquadrao import sql
from esquadrao.apart import OF_ALL, apart
from esquadrao.campaigns import asked
from esquadrao.campaigns.lifecycle import IN_MOTION, DeliveryClass, DeliveryState, SkipReason
from esquadrao.campaigns.models import Answer, Campaign
from esquadrao.database import again_on_deadlock, db_now, locked
from esquadrao.messages.change import Change
from esquadrao.messages.models import MessageState, Step
from esquadrao.signals import Signal, Subject
from esquadrao.sql import uuid
from esquadrao.unit_of_work import Work, unit_of_work

log = structlog.get_logger()
C = DeliveryClass
CLASS_OF: dict[MessageState, DeliveryClass] = {
    MessageState.PENDING: C.WAITING,
    MessageState.SENDING: C.SENDING,
    MessageState.ACCEPTED: C.SENDING,
    MessageState.SERVER_ACK: C.SENT,
    MessageState.DELIVERED: C.SENT,
    MessageState.READ: C.SENT,
    MessageState.PLAYED: C.SENT,
    MessageState.FAILED: C.FAILED,
    MessageState.EXPIRED: C.FAILED,
    MessageState.UNKNOWN: C.UNKNOWN,
    MessageState.CANCELLED: C.CANCELLED,
}
REACHED = (MessageState.DELIVERED, MessageState.READ, MessageState.PLAYED)
SEEN = (MessageState.READ, MessageState.PLAYED)
ANSWERS = ("asked_count", "yes_count", "no_count", "silent_count", "closed_count")
COUNTERS = ("chosen", *[one.value for one in C], "delivered_count", "read_count", *ANSWERS)
IN_ORDER = """
SELECT k.id FROM :keys AS v JOIN campaign k ON k.company_id = v.company_id AND k.id = v.id ORDER BY k.id"""
KEY: dict[str, sql.Kind] = {"company_id": "uuid", "id": "uuid"}
ADDED: dict[str, sql.Kind] = {**KEY, **dict.fromkeys(COUNTERS, "int")}
FOLLOWED: dict[str, sql.Kind] = {
    "company_id": "uuid",
    "id": "bigint",
    "line_class": "text",
    "state": "text",
    "reason": "text",
}
Deltas = dict[UUID, Counter[str]]
_OF_CLASS = "(SELECT COUNT(*) FROM delivery d WHERE {of} AND d.line_class = '{value}')".replace(
    "{of}", "d.company_id = k.company_id AND d.campaign_id = k.id"
)
# Requests count beside the Campaign's own Messages, and where there are none nobody reads a row for its step.
_IN_STATES = (
    "(SELECT COUNT(*) FROM message m WHERE {of} AND m.state IN ({states})) - CASE WHEN k.asked_count = 0 THEN 0 ELSE "
    "(SELECT COUNT(*) FROM message m WHERE {of} AND m.state IN ({states}) AND m.step < 0) END"
).replace("{of}", "m.company_id = k.company_id AND m.campaign_id = k.id")
_ANSWERED = "(SELECT COUNT(*) FROM confirmation a WHERE {of}{and_answer})".replace(
    "{of}", "a.company_id = k.company_id AND a.campaign_id = k.id"
)
_COUNTS = {one.value: _OF_CLASS.format(value=one.value) for one in C} | {
    name: _IN_STATES.format(states=", ".join(f"'{one.value}'" for one in states))
    for name, states in (("delivered_count", REACHED), ("read_count", SEEN))
}
_COUNTS |= {"asked_count": _ANSWERED.format(and_answer="")} | {
    f"{one.value}_count": _ANSWERED.format(and_answer=f" AND a.answer = '{one.value}'")
    for one in Answer
    if one is not Answer.WAITING
}
COUNTED = (
    f"SELECT k.id, {', '.join(f'k.{one}' for one in COUNTERS)}, "
    f"{', '.join(f'{count} AS counted_{name}' for name, count in _COUNTS.items())} "
    "FROM :keys AS v JOIN campaign k ON k.company_id = v.company_id AND k.id = v.id AND k.state <> 'processing'"
)
# One statement for many small Campaigns, but none that counts more people than may be counted in a second or two.
MOST_COUNTED, MOST_AT_ONCE = 500_000, 250  # people, campaigns


def class_of(state: MessageState, step: int) -> DeliveryClass:
    """Whom WhatsApp has the request for still waits: for their answer."""
    now = CLASS_OF[state]
    return C.WAITING if step < Step.MAIN and now is C.SENT else now


def state_of(line_class: DeliveryClass) -> DeliveryState:
    if line_class in (C.WAITING, C.SENDING):
        return DeliveryState.QUEUED
    return DeliveryState.CANCELLED if line_class is C.CANCELLED else DeliveryState.DONE


async def follow(work: Work, changes: Iterable[Change]) -> None:
    """Move Deliveries and counters after their Messages, inside the caller's transaction; finish who is done."""
    deltas: Deltas = defaultdict(Counter)
    moved: list[tuple[object, ...]] = []
    owners: dict[UUID, UUID] = {}
    changes = [one for one in changes if one.delivery_id is not None]
    requests = await asked.reached([_key(one) for one in changes if _asks(one)])
    for change in changes:
        if change.campaign_id is None:
            continue
        owners[change.campaign_id] = change.company_id
        request = requests.get(_key(change))
        before = class_of(change.before, change.step)
        now, state, reason = _end(change, request)
        deltas[change.campaign_id].update(_counted(change, before, now))
        if request is not None:
            deltas[change.campaign_id].update(asked_count=1, closed_count=int(request.is_over))
        if before is not now or state is DeliveryState.ASKED:
            moved.append((*_key(change), now, state, reason))
    if moved:
        sets = {column: f"v.{column}" for column in ("line_class", "state", "reason")}
        await sql.update_each(
            "delivery", sql.Given(FOLLOWED, moved), on=("company_id", "id"), sets=sets
        )
    await asked.open_each(requests.values())
    await add(deltas, owners)
    # Only who has one less on the way can be done, and only who changed has news.
    rested = {one for one, delta in deltas.items() if delta[C.SENDING] + delta[C.WAITING] < 0}
    await finish(work, {one: owners[one] for one in rested})
    # A person tries again, or a bridge that was frozen says late that it did not write. Where something was sending
    # before, nothing was over.
    back = {one for one, delta in deltas.items() if delta[C.SENDING] >= 0 < delta[C.WAITING]}
    await _reopen({one: owners[one] for one in back})
    for campaign_id, delta in deltas.items():
        if any(delta.values()):
            work.signal(Signal(owners[campaign_id], Subject.CAMPAIGN, campaign_id))


def _end(change: Change, request: asked.Request | None) -> tuple[DeliveryClass, DeliveryState, str]:
    """Where its Delivery stands after a Message, and why."""
    now = class_of(change.after, change.step)
    if not _asks(change):
        return now, state_of(now), change.code
    if request is None or not request.is_over:
        return now, DeliveryState.ASKED, change.code
    reason = SkipReason.SUPPRESSED.value if request.is_left_alone else ""
    return C.CANCELLED, DeliveryState.CANCELLED, reason


def _key(change: Change) -> asked.Key:
    assert change.delivery_id is not None  # noqa: S101  # the caller's
    return change.company_id, change.delivery_id


def _counted(change: Change, before: DeliveryClass, now: DeliveryClass) -> Counter[str]:
    counted: Counter[str] = Counter() if before is now else Counter({before: -1, now: 1})
    if change.step >= Step.MAIN:
        counted["delivered_count"] = (change.after in REACHED) - (change.before in REACHED)
        counted["read_count"] = (change.after in SEEN) - (change.before in SEEN)
    return counted


def _asks(change: Change) -> bool:
    """Whether WhatsApp has the request from now on."""
    has_now, had = (CLASS_OF[one] is C.SENT for one in (change.after, change.before))
    return change.step < Step.MAIN and has_now and not had


async def add(deltas: Deltas, owners: dict[UUID, UUID]) -> None:
    """Add to the counters, every Campaign of a batch in one statement. In the order of ids, so that two never cross."""
    changed = sorted((key for key in deltas if any(deltas[key].values())), key=str)
    if not changed:
        return
    if len(changed) > 1:  # one row needs no order
        keys = sql.Given(KEY, [(owners[key], key) for key in changed])
        await sql.rows(IN_ORDER + sql.row_lock("k"), keys=keys)
    rows = [(owners[key], key, *(deltas[key][column] for column in COUNTERS)) for key in changed]
    sets = {column: f"t.{column} + v.{column}" for column in COUNTERS}
    await sql.update_each("campaign", sql.Given(ADDED, rows), on=("company_id", "id"), sets=sets)


async def finish(work: Work, owners: dict[UUID, UUID]) -> None:
    """End the running Campaigns of which nothing waits and nothing is on its way."""
    if not owners:
        return
    finished = await sql.update_each(
        "campaign",
        sql.Given(KEY, [(owners[key], key) for key in owners]),
        on=("company_id", "id"),
        sets={"state": "'finished'", "finished_at": ":now"},
        where="t.state = 'running' AND t.is_audience_whole AND t.waiting = 0 AND t.sending = 0",
        now=await db_now(),
    )
    if finished:
        for campaign_id, company_id in owners.items():
            work.signal(Signal(company_id, Subject.CAMPAIGN, campaign_id))


async def _reopen(owners: dict[UUID, UUID]) -> None:
    """Campaigns that were over and have somebody to write to again; else their Message would wait for ever."""
    if owners:
        await sql.update_each(
            "campaign",
            sql.Given(KEY, [(owners[key], key) for key in owners]),
            on=("company_id", "id"),
            sets={"state": "'running'", "finished_at": "NULL"},
            where="t.state = 'finished' AND t.waiting > 0",
        )


async def recount(company_id: UUID, campaign_id: UUID) -> dict[str, int]:
    """Count the rows, mend counters that differ and log it as the defect it is. Returns what differed.

    A million rows take a second to count: that is done without a lock, by one statement, which sees one moment.
    """
    if not await _differences([(company_id, campaign_id)]):
        return {}
    return await _mend(company_id, campaign_id)


@again_on_deadlock
async def _mend(company_id: UUID, campaign_id: UUID) -> dict[str, int]:
    async with unit_of_work("recount") as work:
        await locked(Campaign.of(company_id).filter(id=campaign_id)).get_or_none()
        wrong = (await _differences([(company_id, campaign_id)])).get(campaign_id, {})
        if wrong:
            log.error("line_does_not_add_up", campaign_id=str(campaign_id), differences=wrong)
            await (
                Campaign.of(company_id)
                .filter(id=campaign_id)
                .update(**{one: F(one) + difference for one, difference in wrong.items()})
            )
            work.signal(Signal(company_id, Subject.CAMPAIGN, campaign_id))
    return wrong


async def _differences(keys: Sequence[tuple[UUID, UUID]]) -> dict[UUID, dict[str, int]]:
    """What each counter lacks, of the Campaigns that lack any; nothing while the audience is still being chosen."""
    differing: dict[UUID, dict[str, int]] = {}
    for row in await sql.rows(COUNTED, keys=sql.Given(KEY, keys)):
        counted = {one: int(row[f"counted_{one}"]) for one in COUNTERS if one != "chosen"}
        counted["chosen"] = sum(counted[one.value] for one in C)
        wrong = {one: counted[one] - int(row[one]) for one in COUNTERS}
        if any(wrong.values()):
            differing[uuid(row["id"])] = {one: many for one, many in wrong.items() if many}
    return differing


async def recount_moving() -> None:
    """Every Campaign in motion, of every Company."""
    moving = Campaign.across_companies().filter(state__in=IN_MOTION)
    batches = _at_once(await moving.only("id", "company_id", "chosen"))
    await apart("recount", batches, _recount_all)


class Counted(NamedTuple):
    company_id: UUID
    id: UUID  # of the Campaign


async def _recount_all(keys: list[Counted]) -> None:
    """A statement that fails says nothing of which Campaign it failed for: then each is counted alone."""
    try:
        differing = await _differences(keys)
    except OF_ALL:
        raise
    except Exception:
        log.exception("recount_one_by_one", campaigns=len(keys))
        differing = {one.id: {} for one in keys}
    wrong = [one for one in keys if one.id in differing]
    await apart("recount", wrong, lambda one: recount(one.company_id, one.id))


def _at_once(campaigns: Iterable[Campaign]) -> Iterator[list[Counted]]:
    """In lists that one statement may count."""
    keys: list[Counted] = []
    people = 0
    for one in campaigns:
        if keys and (people + one.chosen > MOST_COUNTED or len(keys) == MOST_AT_ONCE):
            yield keys
            keys, people = [], 0
        keys.append(Counted(one.company_id, one.id))
        people += one.chosen
    if keys:
        yield keys
