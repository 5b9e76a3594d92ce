"""Contact, ContactList and the import of a spreadsheet."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from tortoise import fields

from esquadrao.tenancy import CompanyRow, new_id


class Contact(CompanyRow):
    """A person. `phone_key` ignores the Brazilian ninth digit, so that two spellings are one person (D4)."""

    id: UUID = fields.UUIDField(primary_key=True, default=new_id)
    name: str = fields.CharField(max_length=120, default="")
    phone: str = fields.CharField(max_length=20)  # E.164
    phone_key: str = fields.CharField(max_length=20)
    email: str = fields.CharField(max_length=254, default="")
    custom: dict[str, str] = fields.JSONField(default=dict)  # field key -> text
    search_text: str = fields.CharField(max_length=500, default="")  # folded name, e-mail and phone digits
    import_id: UUID | None = fields.UUIDField(null=True)  # the import that created it, for its undo
    version: int = fields.IntField(default=1)
    created_at: datetime = fields.DatetimeField(auto_now_add=True)
    updated_at: datetime = fields.DatetimeField(auto_now=True)

    class Meta:
        table = "contact"
        unique_together = (("company_id", "id"), ("company_id", "phone_key"))
        indexes = (("company_id", "created_at", "id"),)


class ContactField(CompanyRow):
    """A custom field of the Company: `key` is what templates call it, `label` what people read."""

    id: UUID = fields.UUIDField(primary_key=True, default=new_id)
    key: str = fields.CharField(max_length=40)
    label: str = fields.CharField(max_length=80)
    created_at: datetime = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "contact_field"
        unique_together = (("company_id", "key"),)


class ContactList(CompanyRow):
    id: UUID = fields.UUIDField(primary_key=True, default=new_id)
    name: str = fields.CharField(max_length=80)
    created_at: datetime = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "contact_list"
        unique_together = (("company_id", "id"), ("company_id", "name"))


class ListMember(CompanyRow):
    """One Contact in one ContactList."""

    id: int = fields.BigIntField(primary_key=True)
    contact_list_id: UUID = fields.UUIDField()
    contact_id: UUID = fields.UUIDField()

    class Meta:
        table = "list_member"
        unique_together = (("company_id", "contact_list_id", "contact_id"),)
        indexes = (("company_id", "contact_id"),)


class ImportState(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class ContactImport(CompanyRow):
    """A spreadsheet on its way in. `row_cursor` counts the rows taken; it moves with them in one transaction."""

    id: UUID = fields.UUIDField(primary_key=True, default=new_id)
    filename: str = fields.CharField(max_length=200)
    file_key: str = fields.CharField(max_length=200)
    contact_list_id: UUID | None = fields.UUIDField(null=True)
    default_ddd: str = fields.CharField(max_length=2)
    state: ImportState = fields.CharEnumField(ImportState, max_length=8, default=ImportState.QUEUED)
    error: str = fields.CharField(max_length=300, default="")  # a sentence code when failed
    error_values: dict[str, Any] = fields.JSONField(default=dict)
    row_cursor: int = fields.IntField(default=0)
    total: int = fields.IntField(default=0)
    created: int = fields.IntField(default=0)
    updated: int = fields.IntField(default=0)
    unchanged: int = fields.IntField(default=0)  # the same Contact again, with nothing new
    refused: int = fields.IntField(default=0)
    created_by: UUID = fields.UUIDField()
    created_at: datetime = fields.DatetimeField(auto_now_add=True)
    touched_at: datetime = fields.DatetimeField()
    finished_at: datetime | None = fields.DatetimeField(null=True)

    class Meta:
        table = "contact_import"
        unique_together = (("company_id", "id"),)
        indexes = (("state", "touched_at"),)


class ImportRefusal(CompanyRow):
    """One row that could not be taken, as it came, with its reason: the file people download."""

    id: int = fields.BigIntField(primary_key=True)
    import_id: UUID = fields.UUIDField()
    row_number: int = fields.IntField()
    cells: list[str] = fields.JSONField()
    reason: str = fields.CharField(max_length=40)

    class Meta:
        table = "import_refusal"
        unique_together = (("company_id", "import_id", "row_number"),)
