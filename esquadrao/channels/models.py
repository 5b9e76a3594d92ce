"""Channel: one WhatsApp number of a Company, with its state, its pace and the message in flight."""

from __future__ import annotations

from enum import StrEnum

from tortoise import fields

from esquadrao.channels.pace import Preset
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

    lost_at = fields.DatetimeField(null=True)  # when it was connected last, while it should be

    # Asked for with the Channel: WhatsApp sends the past once, with the first pairing.
    history_days = fields.SmallIntField(default=0, db_default=0)
    history_percent = fields.SmallIntField(null=True)  # how much of it came; None: none is coming

    # scheme://user@host:port; the password is sealed apart (proxy.py). Empty: WhatsApp is reached directly.
    proxy = fields.CharField(max_length=300, default="", db_default="")
    proxy_password = fields.TextField(null=True)

    # The pace: what was chosen, by whom. The Channel's own gap only slows the preset's (seconds).
    preset = fields.CharEnumField(
        Preset, max_length=16, default=Preset.SAFE, db_default=Preset.SAFE.value
    )
    gap_min = fields.FloatField()
    gap_max = fields.FloatField()
    pace_set_by = fields.UUIDField(null=True)
    pace_set_at = fields.DatetimeField(null=True)
    in_use_since = fields.DatetimeField(null=True)  # first pairing, or what the owner stated
    in_use_set_by = fields.UUIDField(null=True)
    cold_raised_by = fields.UUIDField(null=True)  # who took on the risk of a larger budget
    cold_raised_at = fields.DatetimeField(null=True)

    # When dispatch looks next: a hint. What holds a Message back are the moments below, which the gate reads.
    next_send_at = fields.DatetimeField()
    next_cold_at = fields.DatetimeField(null=True)  # the same for people who never wrote
    in_flight_message = fields.BigIntField(null=True)
    last_campaign_id = fields.UUIDField(null=True)  # whose turn it was: Campaigns alternate

    # What was spent of the pace (pace.Spent), moved in the transaction that claims.
    gap_until = fields.DatetimeField(null=True)
    rest_until = fields.DatetimeField(null=True)
    sends_to_rest = fields.IntField(default=0, db_default=0)
    spent_day = fields.CharField(max_length=10, default="", db_default="")  # of the Company's zone
    sent_today = fields.IntField(default=0, db_default=0)
    cold_today = fields.IntField(default=0, db_default=0)
    hour_started_at = fields.DatetimeField(null=True)
    sent_in_hour = fields.IntField(default=0, db_default=0)
    last_sent_at = fields.DatetimeField(null=True)
    stepped_down_until = fields.DatetimeField(null=True)

    # What WhatsApp or a breaker says; codes of `messages.gate_wording`.
    restriction = fields.CharField(max_length=24, default="", db_default="")
    restricted_until = fields.DatetimeField(null=True)
    halved_until = fields.DatetimeField(null=True)
    quota_until = fields.DatetimeField(null=True)
    breaker = fields.CharField(max_length=24, default="", db_default="")
    breaker_at = fields.DatetimeField(null=True)

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


class NoticeKind(StrEnum):
    """What an owner is told of a Channel, wherever they are."""

    BANNED = "banned"
    LOGGED_OUT = "logged_out"
    CONFLICT = "conflict"
    OUTDATED = "outdated"
    NEEDS_PASSKEY = "needs_passkey"
    FAILED = "failed"
    RESTRICTED = "restricted"
    QUOTA = "quota"
    DOWN = "down"


class Notice(CompanyRow):
    """One thing a person must know of a Channel, once: on every page until somebody has seen it or it is over, and for
    the e-mail that is still to leave.
    """

    id = fields.UUIDField(primary_key=True, default=new_id)
    channel_id = fields.UUIDField()
    kind = fields.CharEnumField(NoticeKind, max_length=16)
    since = fields.DatetimeField()  # what happened; with Channel and kind it is told once
    until = fields.DatetimeField(null=True)  # of a restriction
    created_at = fields.DatetimeField()
    seen_at = fields.DatetimeField(null=True)
    seen_by = fields.UUIDField(null=True)
    over_at = fields.DatetimeField(null=True)  # the Channel came back by itself
    mailed_at = fields.DatetimeField(null=True)  # None: its e-mail has not left

    class Meta:
        table = "notice"
        unique_together = (("company_id", "id"), ("company_id", "channel_id", "kind", "since"))
        indexes = (("company_id", "seen_at"), ("mailed_at", "created_at"))
