"""Company, its Users and their Sessions, and the Directory that finds a Company before one is known."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from tortoise import fields

from esquadrao.tenancy import CompanyRow, InstallationRow, new_id


class Role(StrEnum):
    OWNER = "owner"
    ADMIN = "admin"
    SUPERVISOR = "supervisor"
    AGENT = "agent"


class Company(CompanyRow):
    """The tenant; scoped by its own id."""

    id: UUID = fields.UUIDField(primary_key=True, default=new_id)
    company_id: ClassVar[None] = None  # type: ignore[assignment]  # its own id is the scope
    name: str = fields.CharField(max_length=120)
    default_ddd: str = fields.CharField(max_length=2, default="11")
    timezone: str = fields.CharField(max_length=40, default="America/Sao_Paulo")
    # Keys the ids WhatsApp sees (handover.md, Identity): random per Company, 32 bytes as hex, never shown.
    wa_key: str = fields.CharField(max_length=64)
    created_at: datetime = fields.DatetimeField(auto_now_add=True)

    company_column: ClassVar[str] = "id"

    class Meta:
        table = "company"


class User(CompanyRow):
    id: UUID = fields.UUIDField(primary_key=True, default=new_id)
    name: str = fields.CharField(max_length=120)
    email: str = fields.CharField(max_length=254)  # folded to lower case: one spelling, one User
    password_hash: str = fields.CharField(max_length=255)
    role: Role = fields.CharEnumField(Role, max_length=12)
    language: str = fields.CharField(max_length=5, default="pt-BR")
    is_active: bool = fields.BooleanField(default=True)
    created_at: datetime = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "user_account"  # `user` is a reserved word of PostgreSQL
        unique_together = (("company_id", "id"), ("company_id", "email"))


class Session(CompanyRow):
    """A browser's sign-in. Only the SHA-256 of its token is kept; the cookie holds the token itself."""

    id: UUID = fields.UUIDField(primary_key=True, default=new_id)
    user_id: UUID = fields.UUIDField()
    token_hash: str = fields.CharField(max_length=64)
    csrf_seed: str = fields.CharField(max_length=64)
    device: str = fields.CharField(max_length=200, default="")
    created_at: datetime = fields.DatetimeField(auto_now_add=True)
    seen_at: datetime = fields.DatetimeField()
    ended_at: datetime | None = fields.DatetimeField(null=True)

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

    id: int = fields.BigIntField(primary_key=True)
    kind: DirectoryKind = fields.CharEnumField(DirectoryKind, max_length=12)
    key_hash: str = fields.CharField(max_length=64)
    company_id: UUID = fields.UUIDField()
    subject_id: UUID = fields.UUIDField()

    class Meta:
        table = "directory"
        unique_together = (("kind", "key_hash", "company_id", "subject_id"),)


class Throttle(InstallationRow):
    """Failed tries by keyed hash of e-mail or address. Rows, so that emptying Redis frees nobody."""

    key_hash: str = fields.CharField(primary_key=True, max_length=64)
    failures: int = fields.IntField(default=0)
    window_start: datetime = fields.DatetimeField()
    locked_until: datetime | None = fields.DatetimeField(null=True)

    class Meta:
        table = "throttle"


class SigningKey(InstallationRow):
    """A key of the installation that signs access tokens; the private JWK is encrypted with FIELD_KEYS."""

    kid: str = fields.CharField(primary_key=True, max_length=40)
    sealed_jwk: str = fields.TextField()
    created_at: datetime = fields.DatetimeField()
    retired_at: datetime | None = fields.DatetimeField(null=True)

    class Meta:
        table = "signing_key"


class IdempotencyKey(CompanyRow):
    """What a caller already asked for once, and what came of it; the row commits with the effect."""

    id: int = fields.BigIntField(primary_key=True)
    caller_id: UUID = fields.UUIDField()  # the User; two callers may choose the same key
    action: str = fields.CharField(max_length=40)
    key: str = fields.CharField(max_length=64)
    input_hash: str = fields.CharField(max_length=64)
    subject_id: UUID | None = fields.UUIDField(null=True)  # the row the effect made or moved
    created_at: datetime = fields.DatetimeField()

    class Meta:
        table = "idempotency_key"
        unique_together = (("company_id", "caller_id", "action", "key"),)
        indexes = (("company_id", "created_at"),)
