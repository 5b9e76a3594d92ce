"""Confirmation: a Campaign may ask before it sends; each request and its answer is a row."""

from typing import Any

from tortoise import fields, migrations
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

from esquadrao.campaigns.models import Answer
from esquadrao.company_keys import Relation, write_keys

OF_CONFIRMATION = (
    Relation("confirmation", "campaign_id", "campaign"),
    Relation("confirmation", "delivery_id", "delivery"),
    Relation("confirmation", "contact_id", "contact"),
    Relation("confirmation", "channel_id", "channel"),
)


async def write_key(_apps: Any, editor: Any) -> None:
    await write_keys(editor, OF_CONFIRMATION, ())


async def keep(_apps: Any, _editor: Any) -> None:
    """Forward only: a release never takes the wall down."""


def moment(**options: Any) -> Any:
    return fields.DatetimeField(**{"null": True, "auto_now": False, "auto_now_add": False, **options})


def count() -> Any:
    return fields.IntField(default=0, db_default=0)


class Migration(migrations.Migration):
    dependencies = [("esquadrao", "0006_people")]

    operations = [
        ops.AddField("Campaign", "question", fields.TextField(null=True)),
        ops.AddField("Campaign", "answer_hours", fields.SmallIntField(default=48, db_default=48)),
        ops.AddField("Campaign", "asked_count", count()),
        ops.AddField("Campaign", "yes_count", count()),
        ops.AddField("Campaign", "no_count", count()),
        ops.AddField("Campaign", "silent_count", count()),
        ops.AddField("Campaign", "closed_count", count()),
        ops.CreateModel(
            name="Confirmation",
            fields=[
                ("company_id", fields.UUIDField()),
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("campaign_id", fields.UUIDField()),
                ("delivery_id", fields.BigIntField()),
                ("contact_id", fields.UUIDField()),
                ("channel_id", fields.UUIDField()),
                ("asked_at", moment(null=False)),
                ("answer_by", moment(null=False)),
                ("answer", fields.CharEnumField(Answer, description="", max_length=8, default=Answer.WAITING)),
                ("answered_at", moment()),
                ("answered_with", fields.BigIntField(null=True)),
                ("asked_again_with", fields.BigIntField(null=True)),
            ],
            options={
                "table": "confirmation",
                "app": "esquadrao",
                "unique_together": (("company_id", "id"), ("company_id", "delivery_id")),
                "indexes": [
                    Index(fields=["answer", "answer_by"], name="confirmation_due"),
                    Index(fields=["company_id", "contact_id", "channel_id"], name="confirmation_contact"),
                    Index(fields=["company_id", "campaign_id", "answer"], name="confirmation_campaign"),
                ],
                "pk_attr": "id",
            },
            bases=["CompanyRow"],
        ),
        ops.RunPython(write_key, keep),
    ]
