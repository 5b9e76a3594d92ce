"""The installation itself: how it is told from its own past after a restore."""

from typing import Any

from tortoise import fields, migrations
from tortoise.migrations import operations as ops

from esquadrao.company_keys import write_keys


async def same_letters(_apps: Any, editor: Any) -> None:
    """MariaDB compares a new table by its bytes, like every other."""
    await write_keys(editor, (), ())


async def forget_ledgers(_apps: Any, editor: Any) -> None:
    """On MariaDB one was kept a batch and none ever found; the next event of the bridge tells it anew."""
    await editor.client.execute_script("DELETE FROM bridge_ledger")


async def keep(_apps: Any, _editor: Any) -> None:
    """Forward only."""


class Migration(migrations.Migration):
    dependencies = [("esquadrao", "0007_confirmation")]

    operations = [
        ops.CreateModel(
            name="Instance",
            fields=[
                ("id", fields.SmallIntField(primary_key=True, generated=False, unique=True, db_index=True)),
                ("key", fields.UUIDField()),
                ("beat", fields.BigIntField(default=0)),
                ("epoch", fields.IntField(default=1)),
            ],
            options={"table": "instance", "app": "esquadrao", "pk_attr": "id"},
            bases=["InstallationRow"],
        ),
        ops.RunPython(same_letters, keep),
        ops.RunPython(forget_ledgers, keep),
    ]
