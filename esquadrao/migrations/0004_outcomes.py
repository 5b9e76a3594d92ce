"""Retries of a Message; what a Campaign's pause says, and what becomes of what stays unknown."""

from typing import Any

from orjson import loads
from tortoise import fields, migrations
from tortoise.fields.data import JSON_DUMPS
from tortoise.migrations import operations as ops

from esquadrao.campaigns.models import UnknownPolicy


def moment() -> Any:
    return fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)


def count() -> Any:
    return fields.SmallIntField(default=0, db_default=0)


class Migration(migrations.Migration):
    dependencies = [("esquadrao", "0003_idempotency_keys")]

    operations = [
        ops.AddField("Message", "retries", count()),
        ops.AddField("Message", "retry_at", moment()),
        ops.AddField("Campaign", "reason_values", fields.JSONField(null=True, encoder=JSON_DUMPS, decoder=loads)),
        ops.AddField("Campaign", "unknown_policy", fields.CharEnumField(UnknownPolicy, description="", max_length=8, null=True)),
        ops.AddField("Campaign", "watched_from", moment()),
        ops.AddField("Channel", "watched_from", moment()),
        ops.AddField("Company", "unknown_policy", fields.CharField(default="hold", db_default="hold", max_length=8)),
        ops.AddField("Company", "cool_down_days", count()),
    ]
