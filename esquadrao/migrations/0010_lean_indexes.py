"""PostgreSQL: an index holds only the rows that somebody asks it for.

A Message changes state a few times within seconds, and every change writes each index that holds it anew. MariaDB has
no partial indexes, and SQLite cannot use one where the state is a parameter: theirs stay whole.
"""

from typing import Any

from tortoise import migrations
from tortoise.migrations import operations as ops

PARTIAL = {
    # Only what is on its way has a time to settle by; whatever names a state must not walk this one (a claim did).
    "message_settle": "message (settle_by) WHERE settle_by IS NOT NULL",
    # Breakers look at what became of Messages (campaigns/watch.py), never at those that wait.
    "message_channel_state": "message (channel_id, state, id) WHERE state NOT IN ('pending', 'sending', 'accepted')",
}
# Rows written with every Message: room for their new versions on their own page, so that no index hears of most.
ROOMY = {"channel": 50, "campaign": 50}  # % of a page filled at first


async def make_lean(_apps: Any, editor: Any) -> None:
    if editor.client.capabilities.dialect != "postgres":
        return
    for name, on in PARTIAL.items():
        await editor.client.execute_script(f"DROP INDEX IF EXISTS {name}")
        await editor.client.execute_script(f"CREATE INDEX {name} ON {on}")
    for table, filled in ROOMY.items():
        await editor.client.execute_script(f"ALTER TABLE {table} SET (fillfactor = {filled})")


async def keep(_apps: Any, _editor: Any) -> None:
    """Forward only."""


class Migration(migrations.Migration):
    dependencies = [("esquadrao", "0009_numbers")]

    operations = [ops.RunPython(make_lean, keep)]
