"""Message: one WhatsApp message of a Campaign or, later, of a Ticket. The outbox is this table."""

from __future__ import annotations

from enum import IntEnum, StrEnum
from typing import Any

from tortoise import fields
from tortoise.indexes import Index

from esquadrao.tenancy import CompanyRow, InstallationRow


class Direction(StrEnum):
    OUT = "out"
    IN = "in"


class MessageState(StrEnum):
    """handover.md, States. Ranks only rise: server_ack < delivered < read < played."""

    PENDING = "pending"
    SENDING = "sending"
    ACCEPTED = "accepted"
    SERVER_ACK = "server_ack"
    DELIVERED = "delivered"
    READ = "read"
    PLAYED = "played"
    FAILED = "failed"
    UNKNOWN = "unknown"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


class MessageKind(StrEnum):
    """What a Message is, as WhatsApp tells it; one of a newer bridge is OTHER."""

    TEXT = "text"
    IMAGE = "image"
    VIDEO = "video"
    VOICE = "voice"
    AUDIO = "audio"
    DOCUMENT = "document"
    STICKER = "sticker"
    LOCATION = "location"
    CONTACT = "contact"
    OTHER = "other"


class Step(IntEnum):
    """Which text of a Delivery a Message is; the bubbles of the Campaign's own text count from MAIN on."""

    ASK = -1  # the confirmation request
    MAIN = 0


class Message(CompanyRow):
    id = fields.BigIntField(primary_key=True)
    channel_id = fields.UUIDField()
    campaign_id = fields.UUIDField(null=True)
    delivery_id = fields.BigIntField(null=True)
    contact_id = fields.UUIDField()
    direction = fields.CharEnumField(Direction, max_length=3, default=Direction.OUT)
    step = fields.SmallIntField(default=0)  # Step
    wa_id = fields.CharField(max_length=40)
    to_phone = fields.CharField(max_length=20)
    is_cold = fields.BooleanField(default=False, db_default=False)  # to somebody who never wrote
    kind = fields.CharEnumField(
        MessageKind,
        max_length=8,
        default=MessageKind.TEXT,
        db_default=MessageKind.TEXT.value,
    )
    # Of an object in the media store: key, or why there is none (refused), type, size, name, seconds.
    media = fields.JSONField[dict[str, Any]](null=True)
    quoted = fields.CharField(max_length=40, default="", db_default="")  # the wa_id it answers
    is_echo = fields.BooleanField(default=False, db_default=False)  # typed on the phone itself
    is_history = fields.BooleanField(default=False, db_default=False)  # from before the pairing
    body = fields.TextField()
    body_sha256 = fields.CharField(max_length=64)

    state = fields.CharEnumField(MessageState, max_length=12, default=MessageState.PENDING)
    code = fields.CharField(max_length=40, default="")  # why failed or unknown
    claim_no = fields.IntField(default=0)  # numbers the attempts (R1)
    again = fields.IntField(default=0)  # the claim_no a person asked to send again over (R3)
    ledger_id = fields.CharField(max_length=40, null=True)
    doubt = fields.BooleanField(default=False)  # an undecided attempt was sent again (R3)
    is_being_cancelled = fields.BooleanField(default=False)  # R7: confirmed only on void
    retries = fields.SmallIntField(
        default=0, db_default=0
    )  # tries turned away for now (failures.py)
    retry_at = fields.DatetimeField(null=True)  # not before this moment, after such a try
    settle_by = fields.DatetimeField(null=True)  # past it, the ledger is asked (R6)
    asked_at = fields.DatetimeField(null=True)

    created_at = fields.DatetimeField()
    accepted_at = fields.DatetimeField(null=True)
    server_ack_at = fields.DatetimeField(null=True)
    delivered_at = fields.DatetimeField(null=True)
    read_at = fields.DatetimeField(null=True)
    ended_at = fields.DatetimeField(null=True)

    # What was done to it later, on either phone.
    edited_at = fields.DatetimeField(null=True)
    revoked_at = fields.DatetimeField(null=True)
    their_reaction = fields.CharField(max_length=64, default="", db_default="")
    their_reaction_at = fields.DatetimeField(null=True)
    own_reaction = fields.CharField(max_length=64, default="", db_default="")
    own_reaction_at = fields.DatetimeField(null=True)

    class Meta:
        table = "message"
        unique_together = (
            ("company_id", "id"),
            ("company_id", "delivery_id", "step"),
            ("company_id", "channel_id", "direction", "wa_id"),
        )
        indexes = (
            Index(fields=("channel_id", "state", "id"), name="message_channel_state"),
            Index(fields=("company_id", "campaign_id", "state", "id"), name="message_campaign"),
            Index(fields=("company_id", "contact_id"), name="message_contact"),
            Index(fields=("state", "settle_by"), name="message_settle"),
        )


class InboundEvent(CompanyRow):
    """What a person wrote, as the bridge told it: kept before it is read, so that a defect of ours loses nothing."""

    id = fields.BigIntField(primary_key=True)
    channel_id = fields.UUIDField()
    wa_id = fields.CharField(max_length=40)
    said = fields.TextField()  # the event, JSON
    received_at = fields.DatetimeField()
    applied_at = fields.DatetimeField(null=True)
    # Of a person whose phone nobody knew (unnamed.py): with the phone it is read again, applied or not.
    lid = fields.CharField(max_length=60, default="", db_default="")

    class Meta:
        table = "inbound_event"
        unique_together = (("company_id", "channel_id", "wa_id"),)
        indexes = (
            Index(fields=("applied_at", "received_at"), name="inbound_event_left"),
            Index(fields=("company_id", "lid"), name="inbound_event_lid"),
        )


SHARD = 1  # of one, so far; MariaDB gives a row that says 0 a number of its own


class BridgeLedger(InstallationRow):
    """The ledger the bridge last spoke from; commands name it, so that another one neither writes nor voids (R8)."""

    shard = fields.IntField(primary_key=True, generated=False)
    ledger_id = fields.CharField(max_length=40)

    class Meta:
        table = "bridge_ledger"
