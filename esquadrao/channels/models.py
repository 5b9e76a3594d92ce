"""Channel: one WhatsApp number of a Company, with its state, its pace and the message in flight."""

from __future__ import annotations

from enum import StrEnum

from tortoise import fields

from esquadrao.tenancy import CompanyRow, new_id


class ChannelState(StrEnum):
    STOPPED = "stopped"
    STARTING = "starting"
    QR = "qr"
    PAIRING = "pairing"
    NEEDS_PASSKEY = "needs_passkey"
    CONNECTED = "connected"
    RECONNECTING = "reconnecting"
    CONFLICT = "conflict"
    LOGGED_OUT = "logged_out"
    BANNED = "banned"
    OUTDATED = "outdated"
    FAILED = "failed"


class Wish(StrEnum):
    """What people asked of the session; sent again until a state echoes its version (handover.md R11)."""

    NONE = "none"
    START = "start"
    STOP = "stop"
    LOGOUT = "logout"


class Channel(CompanyRow):
    id = fields.UUIDField(primary_key=True, default=new_id)
    name = fields.CharField(max_length=80)
    phone = fields.CharField(max_length=20, null=True)
    profile_name = fields.CharField(max_length=120, null=True)

    state = fields.CharEnumField(ChannelState, max_length=16, default=ChannelState.STOPPED)
    state_since = fields.DatetimeField()
    reason = fields.CharField(max_length=40, default="")
    epoch = fields.BigIntField(
        default=0
    )  # the highest lease epoch seen, and within it the last event:
    state_seq = fields.BigIntField(
        default=0
    )  # session.* events below (epoch, state_seq) are old news

    wish = fields.CharEnumField(Wish, max_length=8, default=Wish.NONE)
    wish_version = fields.IntField(default=0)
    echoed_version = fields.IntField(default=0)

    gap_min = (
        fields.FloatField()
    )  # seconds; the pace of the Channel, drawn uniformly between the two
    gap_max = fields.FloatField()
    next_send_at = fields.DatetimeField()
    in_flight_message = fields.BigIntField(null=True)
    watched_from = fields.DatetimeField(
        null=True
    )  # breakers look at what came after (campaigns/watch.py)

    created_at = fields.DatetimeField(auto_now_add=True)
    removed_at = fields.DatetimeField(null=True)

    class Meta:
        table = "channel"
        unique_together = (("company_id", "id"),)
        indexes = (("state", "next_send_at"),)

    @property
    def is_connected(self) -> bool:
        return self.state == ChannelState.CONNECTED
