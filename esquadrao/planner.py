"""What PostgreSQL believes of tables that fill within a minute.

Its own look at them comes once a minute. Until then it plans for the table of before: of one that was empty, a claim
read every Message that waits for each Channel (seen: 18 s a claim, 20 ms with the truth), and kept that plan.
"""

from __future__ import annotations

from esquadrao import sql
from esquadrao.database import connection, dialect

FILLING = ("message", "delivery", "channel", "campaign", "contact")
# More than twice the rows it is planned for: a table that fills to a million is looked at ten times on the way. What
# merely changed waits for the server's own look, since each of ours takes up to a second.
STALE = """
SELECT s.relname AS name FROM pg_stat_user_tables s JOIN pg_class c ON c.oid = s.relid
WHERE s.schemaname = current_schema() AND s.relname IN :names
  AND s.n_live_tup > 500 + 2 * GREATEST(c.reltuples, 0)
"""


async def look_again() -> list[str]:
    """Have tables that changed much counted anew; their names. Statements prepared before are planned again."""
    if dialect() != "postgres":
        return []
    names = [str(row["name"]) for row in await sql.rows(STALE, names=list(FILLING))]
    for name in names:
        # Whoever looks at it already, the server itself or another sweeper, is enough.
        await connection().execute_script(f"ANALYZE (SKIP_LOCKED) {name}")
    return names
