"""No row points across Companies."""

from typing import Any

from tortoise import migrations
from tortoise.migrations import operations as ops

from esquadrao.company_keys import write_keys


async def write(_apps: Any, editor: Any) -> None:
    await write_keys(editor)


async def keep(_apps: Any, _editor: Any) -> None:
    """Forward only: a release never takes the wall down."""


class Migration(migrations.Migration):
    dependencies = [("esquadrao", "0001_initial")]
    operations = [ops.RunPython(write, keep)]
