"""What the bridge tells of one message in a chat, as the Message it becomes. Pure."""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from esquadrao.contacts.models import Contact
from esquadrao.contacts.phonebook import LONGEST_LID
from esquadrao.messages.identity import body_digest
from esquadrao.messages.models import Direction, Message, MessageKind, MessageState

IN, ECHO = "message.in", "message.echo"
LONGEST_ID = 40  # characters; WhatsApp's own have 32 at most
LONGEST_TEXT = 65_536  # characters; WhatsApp's own wall
LONGEST_FILE = 255  # characters of a file's name or key, and of its type
REFUSALS = ("too_large", "gone", "unavailable")  # why a file is not there


def place_of_person(event: dict[str, Any]) -> str:
    """Where an event says with whom the chat is."""
    return {IN: "from", ECHO: "to"}.get(event["type"], "phone")


def person_of(event: dict[str, Any]) -> str:
    """With whom the chat is: who wrote, or to whom the phone's owner did."""
    return str(event["data"][place_of_person(event)])


def lid_of(event: dict[str, Any]) -> str:
    """The LID of a person whose phone WhatsApp does not tell: the bridge then names its digits, without a plus."""
    person = person_of(event)
    if event["type"] not in (IN, ECHO):  # a change names nobody beside
        return person[:LONGEST_LID] if person.isdecimal() else ""
    lid = str(event["data"].get("lid") or "")
    return lid[:LONGEST_LID] if lid and person == lid.removesuffix("@lid") else ""


def message_of(
    company_id: UUID, channel_id: UUID, contact: Contact, event: dict[str, Any]
) -> Message:
    data, is_echo = event["data"], event["type"] == ECHO
    text = str(data.get("text") or "")[:LONGEST_TEXT].replace("\0", "")
    at = datetime.fromisoformat(str(data["at"])).astimezone(UTC)
    kind = str(data.get("kind") or MessageKind.TEXT)
    return Message(
        company_id=company_id,
        channel_id=channel_id,
        contact_id=contact.id,
        direction=Direction.OUT if is_echo else Direction.IN,
        wa_id=id_of(data["wa_id"]),
        to_phone=contact.phone if is_echo else "",
        kind=MessageKind(kind) if kind in set(MessageKind) else MessageKind.OTHER,
        media=_media(company_id, data.get("media")),
        quoted=id_of(data.get("quoted") or ""),
        is_echo=is_echo,
        is_history=bool(data.get("is_history")),
        body=text,
        body_sha256=body_digest(text),
        # What was typed on the phone left with WhatsApp's word for it; what they wrote has arrived.
        state=MessageState.SERVER_ACK if is_echo else MessageState.DELIVERED,
        created_at=at,
        server_ack_at=at if is_echo else None,
        delivered_at=None if is_echo else at,
    )


def _media(company_id: UUID, said: Any) -> dict[str, Any] | None:
    """What is known of a file; an object of another Company's folder is none of ours."""
    if not isinstance(said, dict):
        return None
    kept: dict[str, Any] = {
        name: str(said[name])[:LONGEST_FILE] for name in ("key", "type", "name") if said.get(name)
    }
    kept |= {name: int(said[name]) for name in ("size", "seconds") if said.get(name) is not None}
    if said.get("refused"):
        refused = str(said["refused"])
        kept["refused"] = refused if refused in REFUSALS else "unavailable"
    if not str(kept.get("key", "")).startswith(f"{company_id}/"):
        kept.pop("key", None)
        kept.setdefault("refused", "unavailable")
    return kept


def key_of(event: dict[str, Any]) -> str:
    """What tells two events apart: a Message its id, a change of one also what changed and when."""
    data = event["data"]
    if event["type"] in (IN, ECHO):
        return id_of(data["wa_id"])
    parts = [
        event["type"],
        *(str(data.get(name)) for name in ("wa_id", "from_me", "at", "text", "emoji")),
    ]
    return sha256("\0".join(parts).encode()).hexdigest()[:LONGEST_ID]


def id_of(said: object) -> str:
    text = str(said)
    return text if len(text) <= LONGEST_ID else sha256(text.encode()).hexdigest()[:LONGEST_ID]
