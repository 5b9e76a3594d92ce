"""The pace of a Channel and what it spent of it; a Company's hours; who never wrote."""

from typing import Any

from tortoise import fields, migrations
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

from esquadrao.channels.pace import Preset


def text(length: int) -> Any:
    return fields.CharField(default="", db_default="", max_length=length)


def moment() -> Any:
    return fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)


def count() -> Any:
    return fields.IntField(default=0, db_default=0)


class Migration(migrations.Migration):
    dependencies = [("esquadrao", "0004_outcomes")]

    operations = [
        ops.AddField("Channel", "preset", fields.CharEnumField(Preset, description="", max_length=16, default=Preset.SAFE, db_default=Preset.SAFE.value)),
        *(
            ops.AddField("Channel", name, fields.UUIDField(null=True))
            for name in ("pace_set_by", "in_use_set_by", "cold_raised_by", "last_campaign_id")
        ),
        *(
            ops.AddField("Channel", name, moment())
            for name in (
                *("pace_set_at", "in_use_since", "cold_raised_at", "next_cold_at", "gap_until", "rest_until"),
                *("hour_started_at", "last_sent_at", "stepped_down_until", "restricted_until", "halved_until"),
                *("quota_until", "breaker_at"),
            )
        ),
        *(
            ops.AddField("Channel", name, count())
            for name in ("sends_to_rest", "sent_today", "cold_today", "sent_in_hour")
        ),
        ops.AddField("Channel", "spent_day", text(10)),
        ops.AddField("Channel", "restriction", text(24)),
        ops.AddField("Channel", "breaker", text(24)),
        ops.AddField("Company", "sending_week", text(80)),
        ops.AddField("Company", "holiday_state", text(2)),
        ops.AddField("Company", "has_optional_holidays", fields.BooleanField(default=False, db_default=False)),
        ops.AddField("Company", "own_holidays", text(1_000)),
        ops.AddField("Company", "hours_set_by", fields.UUIDField(null=True)),
        ops.AddField("Company", "hours_set_at", moment()),
        ops.AddField("Contact", "last_wrote_at", moment()),
        ops.AddField("Message", "is_cold", fields.BooleanField(default=False, db_default=False)),
        ops.AddIndex("Campaign", Index(fields=["company_id", "channel_id", "state"], name="campaign_channel")),
    ]
