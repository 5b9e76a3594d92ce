"""By which LID an inbound event waits for its person's phone."""

from tortoise import fields, migrations
from tortoise.indexes import Index
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("esquadrao", "0013_real_bridge")]

    operations = [
        ops.AddField("InboundEvent", "lid", fields.CharField(default="", db_default="", max_length=60)),
        ops.AddIndex("InboundEvent", Index(fields=["company_id", "lid"], name="inbound_event_lid")),
    ]
