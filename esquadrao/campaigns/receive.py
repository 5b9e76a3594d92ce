"""What comes back from the bridge, applied: sessions to Channels, receipts to Messages, and both to the Campaigns."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from esquadrao.campaigns import answers, check, line, watch
from esquadrao.channels import session
from esquadrao.contacts import check as numbers
from esquadrao.contacts import phonebook
from esquadrao.database import again_on_deadlock
from esquadrao.gateways.bridge import Batch
from esquadrao.messages import inbound, receipts
from esquadrao.unit_of_work import unit_of_work

SESSIONS, NUMBERS, BOOK, LIDS, OURS, CHATS, NEWER = range(7)
# What each type of event is about; of a newer bridge's types nothing is known.
ABOUT = {
    **dict.fromkeys(("session.state", "session.qr", "session.pair_code"), SESSIONS),
    **dict.fromkeys(("session.restricted", "history.progress"), SESSIONS),
    **dict.fromkeys(("message.accepted", "message.status", "message.known"), OURS),
    **dict.fromkeys(inbound.TAKEN, CHATS),
    "numbers.checked": NUMBERS,
    "contacts.upserted": BOOK,
    "lid.mapped": LIDS,
}


async def apply(batches: list[Batch]) -> bool:
    """Apply batches of events. Twice, late or shuffled, they give the same rows.

    Returns whether some Channel may send its next Message: whoever applies rings dispatch, the nearest way it can.
    """
    is_free = await _apply_told(batches)
    # After what the Messages became: whether "cancelar" counts depends on what was sent before.
    arrived = [one for batch in batches for one in batch.events if _about(one) == CHATS]
    if arrived:
        await answers.take(arrived)
    # What somebody wrote and who they are may be told together, in either order.
    learnt = [
        one for batch in batches for one in batch.events if _about(one) in (LIDS, BOOK, NUMBERS)
    ]
    if learnt:
        await answers.name(phonebook.phones_of_lids(learnt))
    return is_free


@again_on_deadlock
async def _apply_told(batches: list[Batch]) -> bool:
    """What is told of sessions, of numbers and of our own Messages, in one transaction."""
    told: dict[int, list[dict[str, Any]]] = defaultdict(list)
    messages: list[tuple[str, dict[str, Any]]] = []
    for batch in batches:
        for event in batch.events:
            told[_about(event)].append(event)
        messages += [(batch.ledger_id, one) for one in batch.events if _about(one) == OURS]
    async with unit_of_work("receive") as work:
        if batches and await receipts.remember_ledger(batches[-1].ledger_id):
            await session.forget_epochs()
        for event in session.latest_states(told[SESSIONS]):
            await session.apply(work, event)
        changes = await receipts.apply(messages) if messages else []
        await line.follow(work, changes)
        await watch.stop_refused(work, changes)
        await phonebook.upsert(told[BOOK])
        await phonebook.map_pairs(told[LIDS])
        await inbound.set_aside(told[NEWER])
        if told[NUMBERS]:
            await check.ring(work, await numbers.apply(told[NUMBERS]))
    return receipts.is_free_again(changes)


def _about(event: dict[str, Any]) -> int:
    return ABOUT.get(event["type"], NEWER)
