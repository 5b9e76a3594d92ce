"""No row points across Companies. MariaDB's DDL is not atomic: a statement that is there already is passed over."""

from typing import Any

from tortoise import migrations
from tortoise.exceptions import OperationalError
from tortoise.migrations import operations as ops

from esquadrao.company_keys import statements


async def write_keys(_apps: Any, editor: Any) -> None:
    dialect = editor.client.capabilities.dialect
    for statement in statements(dialect):
        try:
            await editor.client.execute_script(statement)
        except OperationalError as error:
            is_there = dialect == "mysql" and "Duplicate" in str(error)
            if not is_there:
                raise


async def keep(_apps: Any, _editor: Any) -> None:
    """Forward only: a release never takes the wall down."""


class Migration(migrations.Migration):
    dependencies = [("esquadrao", "0001_initial")]
    operations = [ops.RunPython(write_keys, keep)]
