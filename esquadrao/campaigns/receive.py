"""What comes back from the bridge, applied: sessions to Channels, receipts to Messages, and both to the Campaigns."""

from __future__ import annotations

from typing import Any

import structlog

from esquadrao.campaigns import answers, check, line, watch
from esquadrao.channels import session
from esquadrao.contacts import check as numbers
from esquadrao.database import again_on_deadlock
from esquadrao.gateways.bridge import Batch
from esquadrao.messages import receipts
from esquadrao.unit_of_work import unit_of_work

log = structlog.get_logger()
OF_OUR_MESSAGES = ("message.accepted", "message.status", "message.known")


async def apply(batches: list[Batch]) -> bool:
    """Apply batches of events. Twice, late or shuffled, they give the same rows.

    Returns whether some Channel may send its next Message: whoever applies rings dispatch, the nearest way it can.
    """
    is_free = await _apply_told(batches)
    # After what the Messages became: whether "cancelar" counts depends on what was sent before.
    arrived = [one for batch in batches for one in batch.events if one["type"] == "message.in"]
    if arrived:
        await answers.take(arrived)
    return is_free


@again_on_deadlock
async def _apply_told(batches: list[Batch]) -> bool:
    """What is told of sessions, of numbers and of our own Messages, in one transaction."""
    messages: list[tuple[str, dict[str, Any]]] = []
    sessions: list[dict[str, Any]] = []
    checked: list[dict[str, Any]] = []
    async with unit_of_work("receive") as work:
        for batch in batches:
            for event in batch.events:
                if event["type"].startswith("session."):
                    sessions.append(event)
                elif event["type"] == "numbers.checked":
                    checked.append(event)
                elif event["type"] == "message.in":
                    continue
                elif event["type"] in OF_OUR_MESSAGES:
                    messages.append((batch.ledger_id, event))
                else:
                    # `message.echo`, what was typed on the phone, among them: no answer, and nothing of a Campaign's.
                    log.info("event_left_out", type=event["type"])
        for event in session.latest_states(sessions):
            await session.apply(work, event)
        if batches:
            await receipts.remember_ledger(batches[-1].ledger_id)
        changes = await receipts.apply(messages) if messages else []
        await line.follow(work, changes)
        await watch.stop_refused(work, changes)
        if checked:
            await check.ring(work, await numbers.apply(checked))
    return receipts.is_free_again(changes)
