"""What WhatsApp said of a Contact's number."""

from typing import Any

from tortoise import fields, migrations
from tortoise.migrations import operations as ops

from esquadrao.contacts.models import OnWhatsApp


def text(length: int) -> Any:
    return fields.CharField(default="", db_default="", max_length=length)


def moment() -> Any:
    return fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)


class Migration(migrations.Migration):
    dependencies = [("esquadrao", "0008_instance")]

    operations = [
        ops.AddField(
            "Contact",
            "on_whatsapp",
            fields.CharEnumField(OnWhatsApp, description="", max_length=12, default=OnWhatsApp.NOT_CHECKED, db_default=OnWhatsApp.NOT_CHECKED.value),
        ),
        ops.AddField("Contact", "checked_at", moment()),
        ops.AddField("Contact", "asked_at", moment()),
        ops.AddField("Contact", "jid", text(40)),
        ops.AddField("Contact", "lid", text(60)),
    ]
