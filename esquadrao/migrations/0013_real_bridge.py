"""What the real bridge tells: media, edits and reactions, the phone's address book, proxies, notices, history."""

from typing import Any

from tortoise import fields, migrations
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

from esquadrao.channels.models import NoticeKind
from esquadrao.company_keys import Relation, write_keys
from esquadrao.messages.models import MessageKind
from esquadrao.tenancy import new_id

OF_CHANNEL = (
    Relation("notice", "channel_id", "channel"),
    Relation("phonebook_entry", "channel_id", "channel"),
)
# `.example` belongs to nobody: these are the demo's people and no one else.
DEMO = (
    "UPDATE company SET is_demo = TRUE WHERE id IN (SELECT company_id FROM user_account "
    "WHERE email IN ('ana@alfa.example', 'carla@beta.example'))"
)


async def write_key(_apps: Any, editor: Any) -> None:
    await write_keys(editor, OF_CHANNEL, ())


async def mark_demo(_apps: Any, editor: Any) -> None:
    await editor.client.execute_script(DEMO)


async def keep(_apps: Any, _editor: Any) -> None:
    """Forward only."""


def moment(**options: Any) -> Any:
    return fields.DatetimeField(**{"null": True, "auto_now": False, "auto_now_add": False, **options})


def flag() -> Any:
    return fields.BooleanField(default=False, db_default=False)


def text(length: int) -> Any:
    return fields.CharField(default="", db_default="", max_length=length)


class Migration(migrations.Migration):
    dependencies = [("esquadrao", "0012_texts_and_suppressions")]

    operations = [
        ops.AddField("Company", "is_demo", flag()),
        ops.RunPython(mark_demo, keep),
        ops.AddField("Channel", "lost_at", moment()),
        ops.AddField("Channel", "history_days", fields.SmallIntField(default=0, db_default=0)),
        ops.AddField("Channel", "history_percent", fields.SmallIntField(null=True)),
        ops.AddField("Channel", "proxy", text(300)),
        ops.AddField("Channel", "proxy_password", fields.TextField(null=True)),
        ops.AddField("ContactImport", "is_phonebook", flag()),
        ops.AddField(
            "Message",
            "kind",
            fields.CharEnumField(MessageKind, description="", max_length=8, default=MessageKind.TEXT, db_default=MessageKind.TEXT.value),
        ),
        ops.AddField("Message", "media", fields.JSONField(null=True)),
        ops.AddField("Message", "quoted", text(40)),
        ops.AddField("Message", "is_echo", flag()),
        ops.AddField("Message", "is_history", flag()),
        *(
            ops.AddField("Message", name, moment())
            for name in ("edited_at", "revoked_at", "their_reaction_at", "own_reaction_at")
        ),
        ops.AddField("Message", "their_reaction", text(64)),
        ops.AddField("Message", "own_reaction", text(64)),
        ops.CreateModel(
            name="PhonebookEntry",
            fields=[
                ("company_id", fields.UUIDField()),
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("channel_id", fields.UUIDField()),
                ("phone", fields.CharField(max_length=20)),
                ("phone_key", fields.CharField(max_length=20)),
                ("name", fields.CharField(default="", max_length=120)),
                ("lid", fields.CharField(default="", max_length=60)),
                ("seen_at", moment(null=False)),
            ],
            options={
                "table": "phonebook_entry",
                "app": "esquadrao",
                "unique_together": (("company_id", "channel_id", "phone_key"),),
                "pk_attr": "id",
            },
            bases=["CompanyRow"],
        ),
        ops.CreateModel(
            name="Notice",
            fields=[
                ("company_id", fields.UUIDField()),
                ("id", fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ("channel_id", fields.UUIDField()),
                ("kind", fields.CharEnumField(NoticeKind, description="", max_length=16)),
                ("since", moment(null=False)),
                ("until", moment()),
                ("created_at", moment(null=False)),
                ("seen_at", moment()),
                ("seen_by", fields.UUIDField(null=True)),
                ("over_at", moment()),
                ("mailed_at", moment()),
            ],
            options={
                "table": "notice",
                "app": "esquadrao",
                "unique_together": (("company_id", "id"), ("company_id", "channel_id", "kind", "since")),
                "indexes": [
                    Index(fields=["company_id", "seen_at"]),
                    Index(fields=["mailed_at", "created_at"]),
                ],
                "pk_attr": "id",
            },
            bases=["CompanyRow"],
        ),
        ops.RunPython(write_key, keep),
    ]
