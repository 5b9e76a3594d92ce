"""What becomes of Messages later: edited, taken back, reacted to, on either side's phone.

Told twice or out of order the row ends the same: of each kind the newest counts, and what is taken back stays so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Self
from uuid import UUID

from esquadrao.contacts.models import Contact
from esquadrao.contacts.phone import Phone
from esquadrao.database import locked
from esquadrao.messages.models import Direction, Message
from esquadrao.messages.settle import RANK
from esquadrao.messages.told import LONGEST_TEXT, id_of

EDITED, REVOKED, REACTION = "message.edited", "message.revoked", "message.reaction"
TYPES = (EDITED, REVOKED, REACTION)
LONGEST_EMOJI = 64  # characters; families of emoji are long


@dataclass(frozen=True, slots=True)
class Change:
    """`is_own`: done on the Channel's own phone."""

    event_id: int
    channel_id: UUID
    type: str
    wa_id: str
    phone_key: str
    is_own: bool
    at: datetime
    said: str  # the new text, or the emoji

    @classmethod
    def of(
        cls, event_id: int, channel_id: UUID, event: dict[str, Any], phone: Phone | None
    ) -> Self:
        data = event["data"]
        key = phone.key if phone else ""  # nobody's: it finds no Message
        at = datetime.fromisoformat(str(data["at"])).astimezone(UTC)
        said = str(data.get("text" if event["type"] == EDITED else "emoji") or "").replace("\0", "")
        is_own = bool(data["from_me"])
        return cls(event_id, channel_id, event["type"], id_of(data["wa_id"]), key, is_own, at, said)


async def apply(company_id: UUID, changes: Sequence[Change]) -> tuple[set[UUID], set[int]]:
    """Contacts whose Messages changed, and the events whose Message is not there (yet)."""
    touched: set[UUID] = set()
    early: set[int] = set()
    for change in sorted(changes, key=lambda one: one.at):
        message = await _message_of(company_id, change)
        if message is None:
            early.add(change.event_id)
            continue
        values = _values(message, change)
        if values:
            await Message.of(company_id).filter(id=message.id).update(**values)
            touched.add(message.contact_id)
    return touched, early


async def _message_of(company_id: UUID, change: Change) -> Message | None:
    """Who edits or takes back does so with their own; to react is for both. Only within the chat of that person."""
    rows = Message.of(company_id).filter(channel_id=change.channel_id, wa_id=change.wa_id)
    if change.type != REACTION:
        rows = rows.filter(direction=Direction.OUT if change.is_own else Direction.IN)
    for message in await locked(rows.order_by("id")):
        contact = Contact.of(company_id).filter(id=message.contact_id, phone_key=change.phone_key)
        if await contact.exists():
            return message
    return None


def _values(message: Message, change: Change) -> dict[str, object]:
    if change.type == REACTION:
        side = "own" if change.is_own else "their"
        known = getattr(message, f"{side}_reaction_at")
        if known is not None and known >= change.at:
            return {}
        return {
            f"{side}_reaction": change.said[:LONGEST_EMOJI],
            f"{side}_reaction_at": change.at,
        }
    if message.revoked_at is not None:
        return {}
    if change.type == REVOKED:
        return {"revoked_at": change.at}
    is_news = message.edited_at is None or message.edited_at < change.at
    # What has not left yet keeps the text it was prepared with: the ledger knows it by its digest.
    may_change = message.direction is Direction.IN or message.state in RANK
    if not (is_news and may_change):
        return {}
    return {"body": change.said[:LONGEST_TEXT], "edited_at": change.at}
