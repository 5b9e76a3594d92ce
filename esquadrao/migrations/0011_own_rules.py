"""A Campaign's own pace, and the thresholds a Company tightened."""

from typing import Any

from tortoise import fields, migrations
from tortoise.migrations import operations as ops


def moment() -> Any:
    return fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)


def most(value: int) -> Any:
    return fields.SmallIntField(default=value, db_default=value)


class Migration(migrations.Migration):
    dependencies = [("esquadrao", "0010_lean_indexes")]

    operations = [
        ops.AddField("Campaign", "own_gap", fields.IntField(null=True)),
        ops.AddField("Campaign", "own_gap_until", moment()),
        ops.AddField("Campaign", "pace_set_by", fields.UUIDField(null=True)),
        ops.AddField("Campaign", "pace_set_at", moment()),
        ops.AddField("Company", "most_failed", most(10)),
        ops.AddField("Company", "most_opt_outs", most(3)),
        ops.AddField("Company", "most_undelivered", most(30)),
        ops.AddField("Company", "most_minutes_away", most(10)),
    ]
