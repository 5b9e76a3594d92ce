"""What people answer: who is left alone, what they wrote, and the replies of a Campaign."""

from typing import Any

from tortoise import fields, migrations
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

from esquadrao.company_keys import Relation, write_keys
from esquadrao.contacts.models import SuppressedBy
from esquadrao.tenancy import new_id

OF_CHANNEL = (Relation("inbound_event", "channel_id", "channel"),)


async def write_key(_apps: Any, editor: Any) -> None:
    await write_keys(editor, OF_CHANNEL, ("suppression",))


async def keep(_apps: Any, _editor: Any) -> None:
    """Forward only: a release never takes the wall down."""


def moment(**options: Any) -> Any:
    return fields.DatetimeField(**{"null": True, "auto_now": False, "auto_now_add": False, **options})


def count() -> Any:
    return fields.IntField(default=0, db_default=0)


class Migration(migrations.Migration):
    dependencies = [("esquadrao", "0005_pace")]

    operations = [
        ops.AddField("Contact", "suppressed_at", moment()),
        ops.AddField("Delivery", "replied_at", moment()),
        ops.AddField("Campaign", "replied_count", count()),
        ops.AddField("Campaign", "opted_out_count", count()),
        ops.CreateModel(
            name="Suppression",
            fields=[
                ("company_id", fields.UUIDField()),
                ("id", fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ("phone_hash", fields.CharField(max_length=64)),
                ("reason", fields.CharEnumField(SuppressedBy, description="", max_length=8)),
                ("message_id", fields.BigIntField(null=True)),
                ("campaign_id", fields.UUIDField(null=True)),
                ("user_id", fields.UUIDField(null=True)),
                ("created_at", moment(null=False)),
                ("lifted_at", moment()),
                ("lifted_by", fields.UUIDField(null=True)),
            ],
            options={
                "table": "suppression",
                "app": "esquadrao",
                "unique_together": (("company_id", "phone_hash"),),
                "indexes": [Index(fields=["company_id", "created_at"])],
                "pk_attr": "id",
            },
            bases=["CompanyRow"],
        ),
        ops.CreateModel(
            name="InboundEvent",
            fields=[
                ("company_id", fields.UUIDField()),
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("channel_id", fields.UUIDField()),
                ("wa_id", fields.CharField(max_length=40)),
                ("said", fields.TextField()),
                ("received_at", moment(null=False)),
                ("applied_at", moment()),
            ],
            options={
                "table": "inbound_event",
                "app": "esquadrao",
                "unique_together": (("company_id", "channel_id", "wa_id"),),
                "indexes": [Index(fields=["applied_at", "received_at"], name="inbound_event_left")],
                "pk_attr": "id",
            },
            bases=["CompanyRow"],
        ),
        ops.RunPython(write_key, keep),
    ]
