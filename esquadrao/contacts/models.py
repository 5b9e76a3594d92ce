"""Contact, ContactList and the import of a spreadsheet."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from tortoise import fields

from esquadrao.tenancy import CompanyRow, new_id


class OnWhatsApp(StrEnum):
    """What WhatsApp said of a number (numbers.py)."""

    NOT_CHECKED = "not_checked"  # never "does not exist"
    EXISTS = "exists"
    ABSENT = "absent"


class Contact(CompanyRow):
    """A person. `phone_key` ignores the Brazilian ninth digit, so that two spellings are one person (D4)."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    name = fields.CharField(max_length=120, default="")
    phone = fields.CharField(max_length=20)  # E.164
    phone_key = fields.CharField(max_length=20)
    email = fields.CharField(max_length=254, default="")
    custom = fields.JSONField[dict[str, str]](default=dict)  # field key -> text
    search_text = fields.CharField(
        max_length=500, default=""
    )  # folded name, e-mail and phone digits
    import_id = fields.UUIDField(null=True)  # the import that created it, for its undo
    last_wrote_at = fields.DatetimeField(null=True)  # None: never, a budget of its own applies
    # Of the Suppression of this phone, so that a rule in SQL can see it; written with it (suppress.py).
    suppressed_at = fields.DatetimeField(null=True)
    # None of these stands in an index: an answer changes them without touching one (PostgreSQL's HOT updates).
    on_whatsapp = fields.CharEnumField(
        OnWhatsApp,
        max_length=12,
        default=OnWhatsApp.NOT_CHECKED,
        db_default=OnWhatsApp.NOT_CHECKED.value,
    )
    checked_at = fields.DatetimeField(null=True)  # when that was last shown
    asked_at = fields.DatetimeField(null=True)  # the last question, answered or not
    jid = fields.CharField(max_length=40, default="", db_default="")  # the spelling WhatsApp knows
    lid = fields.CharField(max_length=60, default="", db_default="")
    version = fields.IntField(default=1)
    created_at = fields.DatetimeField(auto_now_add=True)
    updated_at = fields.DatetimeField(auto_now=True)

    class Meta:
        table = "contact"
        unique_together = (("company_id", "id"), ("company_id", "phone_key"))
        indexes = (("company_id", "created_at", "id"),)


class SuppressedBy(StrEnum):
    OPT_OUT = "opt_out"  # their own word
    PERSON = "person"  # somebody of the Company
    FILE = "file"  # an import
    API = "api"  # a program of the Company


class Suppression(CompanyRow):
    """A phone that Campaigns leave alone. It is found by a keyed hash, so that it outlives the Contact's data; what was
    lifted stays as the proof of both.
    """

    id = fields.UUIDField(primary_key=True, default=new_id)
    phone_hash = fields.CharField(max_length=64)
    phone_end = fields.CharField(max_length=4, default="", db_default="")  # to tell two rows apart
    contact_id = fields.UUIDField(null=True)  # of whom, while there is such a Contact
    reason = fields.CharEnumField(SuppressedBy, max_length=8)
    message_id = fields.BigIntField(null=True)  # what they wrote
    campaign_id = fields.UUIDField(null=True)  # which they answered
    user_id = fields.UUIDField(null=True)  # who did it, where a person did
    import_id = fields.UUIDField(null=True)  # the file that named it
    note = fields.CharField(max_length=200, default="", db_default="")  # why, in their words
    created_at = fields.DatetimeField()
    lifted_at = fields.DatetimeField(null=True)
    lifted_by = fields.UUIDField(null=True)  # None: their own word
    lifted_with = fields.BigIntField(null=True)  # the Message that asked for it
    lift_note = fields.CharField(max_length=200, default="", db_default="")

    class Meta:
        table = "suppression"
        unique_together = (("company_id", "phone_hash"),)
        indexes = (("company_id", "created_at"),)


class ContactField(CompanyRow):
    """A custom field of the Company: `key` is what templates call it, `label` what people read."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    key = fields.CharField(max_length=40)
    label = fields.CharField(max_length=80)
    created_at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "contact_field"
        unique_together = (("company_id", "key"),)


class ContactList(CompanyRow):
    id = fields.UUIDField(primary_key=True, default=new_id)
    name = fields.CharField(max_length=80)
    created_at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "contact_list"
        unique_together = (("company_id", "id"), ("company_id", "name"))


class ListMember(CompanyRow):
    """One Contact in one ContactList."""

    id = fields.BigIntField(primary_key=True)
    contact_list_id = fields.UUIDField()
    contact_id = fields.UUIDField()

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

    id = fields.UUIDField(primary_key=True, default=new_id)
    filename = fields.CharField(max_length=200)
    file_key = fields.CharField(max_length=200)
    contact_list_id = fields.UUIDField(null=True)
    default_ddd = fields.CharField(max_length=2)
    # From the address book of a paired phone: numbers as WhatsApp spells them, of which nothing is missing.
    is_phonebook = fields.BooleanField(default=False, db_default=False)
    # Nobody becomes a Contact: the phones of this file are left alone.
    leaves_alone = fields.BooleanField(default=False, db_default=False)
    state = fields.CharEnumField(ImportState, max_length=8, default=ImportState.QUEUED)
    error = fields.CharField(max_length=300, default="")  # a sentence code when failed
    error_values = fields.JSONField[dict[str, Any]](default=dict)
    row_cursor = fields.IntField(default=0)
    total = fields.IntField(default=0)
    created = fields.IntField(default=0)
    updated = fields.IntField(default=0)
    unchanged = fields.IntField(default=0)  # the same Contact again, with nothing new
    refused = fields.IntField(default=0)
    created_by = fields.UUIDField()
    created_at = fields.DatetimeField(auto_now_add=True)
    touched_at = fields.DatetimeField()
    finished_at = fields.DatetimeField(null=True)

    class Meta:
        table = "contact_import"
        unique_together = (("company_id", "id"),)
        indexes = (("state", "touched_at"),)


class ImportRefusal(CompanyRow):
    """One row that could not be taken, as it came, with its reason: the file people download."""

    id = fields.BigIntField(primary_key=True)
    import_id = fields.UUIDField()
    row_number = fields.IntField()
    cells = fields.JSONField[list[str]]()
    reason = fields.CharField(max_length=40)

    class Meta:
        table = "import_refusal"
        unique_together = (("company_id", "import_id", "row_number"),)


class PhonebookEntry(CompanyRow):
    """A person in the address book of a paired phone: offered as a source of Contacts, and nothing more until somebody
    chooses them.
    """

    id = fields.BigIntField(primary_key=True)
    channel_id = fields.UUIDField()
    phone = fields.CharField(max_length=20)  # as WhatsApp spells it
    phone_key = fields.CharField(max_length=20)
    name = fields.CharField(max_length=120, default="")
    lid = fields.CharField(max_length=60, default="")
    seen_at = fields.DatetimeField()

    class Meta:
        table = "phonebook_entry"
        unique_together = (("company_id", "channel_id", "phone_key"),)
