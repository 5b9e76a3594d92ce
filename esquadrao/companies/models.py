"""Company, its Users and their Sessions, and the Directory that finds a Company before one is known."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar

from tortoise import fields

from esquadrao.tenancy import CompanyRow, InstallationRow, new_id


class Role(StrEnum):
    OWNER = "owner"
    ADMIN = "admin"
    SUPERVISOR = "supervisor"
    AGENT = "agent"


class Company(CompanyRow):
    """The tenant; scoped by its own id."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    company_id: ClassVar[None] = None  # type: ignore[assignment, misc]  # its own id is the scope
    name = fields.CharField(max_length=120)
    default_ddd = fields.CharField(max_length=2, default="11")
    timezone = fields.CharField(max_length=40, default="America/Sao_Paulo")
    # When Campaigns send (channels.hours.Hours): seven windows, holidays beside the national ones, own days.
    sending_week = fields.CharField(max_length=80, default="", db_default="")
    holiday_state = fields.CharField(max_length=2, default="", db_default="")
    has_optional_holidays = fields.BooleanField(default=False, db_default=False)
    own_holidays = fields.CharField(max_length=1_000, default="", db_default="")
    hours_set_by = fields.UUIDField(null=True)
    hours_set_at = fields.DatetimeField(null=True)
    # Keys the ids WhatsApp sees (handover.md, Identity): random per Company, 32 bytes as hex, never shown.
    wa_key = fields.CharField(max_length=64)
    unknown_policy = fields.CharField(
        max_length=8, default="hold", db_default="hold"
    )  # Campaign's UnknownPolicy
    cool_down_days = fields.SmallIntField(
        default=0, db_default=0
    )  # between two campaigns to one Contact; 0: none
    # When breakers stop Campaigns: percent, and minutes away. A Company only tightens (campaigns/breakers.py).
    most_failed = fields.SmallIntField(default=10, db_default=10)
    most_opt_outs = fields.SmallIntField(default=3, db_default=3)
    most_undelivered = fields.SmallIntField(default=30, db_default=30)
    most_minutes_away = fields.SmallIntField(default=10, db_default=10)
    reply_days = fields.SmallIntField(
        default=3, db_default=3
    )  # an answer counts for the last Campaign so long
    # Its people are invented and their numbers random: it never meets the real WhatsApp, whatever the settings.
    is_demo = fields.BooleanField(default=False, db_default=False)
    created_at = fields.DatetimeField(auto_now_add=True)

    company_column: ClassVar[str] = "id"

    class Meta:
        table = "company"


class User(CompanyRow):
    id = fields.UUIDField(primary_key=True, default=new_id)
    name = fields.CharField(max_length=120)
    email = fields.CharField(max_length=254)  # folded to lower case: one spelling, one User
    password_hash = fields.CharField(max_length=255)
    role = fields.CharEnumField(Role, max_length=12)
    language = fields.CharField(max_length=5, default="pt-BR")
    is_active = fields.BooleanField(default=True)
    created_at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "user_account"  # `user` is a reserved word of PostgreSQL
        unique_together = (("company_id", "id"), ("company_id", "email"))


class Session(CompanyRow):
    """A browser's sign-in. Only the SHA-256 of its token is kept; the cookie holds the token itself."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    user_id = fields.UUIDField()
    token_hash = fields.CharField(max_length=64)
    csrf_seed = fields.CharField(max_length=64)
    device = fields.CharField(max_length=200, default="")
    created_at = fields.DatetimeField(auto_now_add=True)
    seen_at = fields.DatetimeField()
    ended_at = fields.DatetimeField(null=True)

    class Meta:
        table = "session"
        unique_together = (("company_id", "id"), ("company_id", "token_hash"))
        indexes = (("company_id", "user_id"),)


class DirectoryKind(StrEnum):
    EMAIL = "email"
    SESSION = "session"


class Directory(InstallationRow):
    """Key hash → Company and subject, for what must be found before the Company is known. No other table is like it.

    An e-mail may stand here for several Companies; a session stands once.
    """

    id = fields.BigIntField(primary_key=True)
    kind = fields.CharEnumField(DirectoryKind, max_length=12)
    key_hash = fields.CharField(max_length=64)
    company_id = fields.UUIDField()
    subject_id = fields.UUIDField()

    class Meta:
        table = "directory"
        unique_together = (("kind", "key_hash", "company_id", "subject_id"),)


class Throttle(InstallationRow):
    """Failed tries by keyed hash of e-mail or address. Rows, so that emptying Redis frees nobody."""

    key_hash = fields.CharField(primary_key=True, max_length=64)
    failures = fields.IntField(default=0)
    window_start = fields.DatetimeField()
    locked_until = fields.DatetimeField(null=True)

    class Meta:
        table = "throttle"


class SigningKey(InstallationRow):
    """A key of the installation that signs access tokens; the private JWK is encrypted with FIELD_KEYS."""

    kid = fields.CharField(primary_key=True, max_length=40)
    sealed_jwk = fields.TextField()
    created_at = fields.DatetimeField()
    retired_at = fields.DatetimeField(null=True)

    class Meta:
        table = "signing_key"


class IdempotencyKey(CompanyRow):
    """What a caller already asked for once, and what came of it; the row commits with the effect."""

    id = fields.BigIntField(primary_key=True)
    caller_id = fields.UUIDField()  # the User; two callers may choose the same key
    action = fields.CharField(max_length=40)
    key = fields.CharField(max_length=64)
    input_hash = fields.CharField(max_length=64)
    subject_id = fields.UUIDField(null=True)  # the row the effect made or moved
    created_at = fields.DatetimeField()

    class Meta:
        table = "idempotency_key"
        unique_together = (("company_id", "caller_id", "action", "key"),)
        indexes = (("company_id", "created_at"),)
