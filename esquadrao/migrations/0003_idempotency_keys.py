"""The table of idempotency keys, with its key to the caller in the same Company."""

from typing import Any

from tortoise import fields, migrations
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

from esquadrao.company_keys import Relation, write_keys

CALLER = (Relation("idempotency_key", "caller_id", "user_account"),)


async def write_key(_apps: Any, editor: Any) -> None:
    await write_keys(editor, CALLER, ())


async def keep(_apps: Any, _editor: Any) -> None:
    """Forward only: a release never takes the wall down."""


class Migration(migrations.Migration):
    dependencies = [("esquadrao", "0002_company_keys")]

    operations = [
        ops.CreateModel(
            name="IdempotencyKey",
            fields=[
                ("company_id", fields.UUIDField()),
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("caller_id", fields.UUIDField()),
                ("action", fields.CharField(max_length=40)),
                ("key", fields.CharField(max_length=64)),
                ("input_hash", fields.CharField(max_length=64)),
                ("subject_id", fields.UUIDField(null=True)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "idempotency_key",
                "app": "esquadrao",
                "unique_together": (("company_id", "caller_id", "action", "key"),),
                "indexes": [Index(fields=["company_id", "created_at"])],
                "pk_attr": "id",
            },
            bases=["CompanyRow"],
        ),
        ops.RunPython(write_key, keep),
    ]
