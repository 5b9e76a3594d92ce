"""The first rows of one range of an index, in its order, whatever the planner believes.

`ORDER BY id LIMIT 1000` beside `campaign_id = …` invites every engine to walk the primary key and to pass over other
Campaigns' rows until it has met a thousand of this one: half a second behind three million. Here PostgreSQL is left
one index that gives the order, because the last column before the id is not said to be equal and so stays part of it:
as a row with the id it begins the range, alone it ends it (a row would not: it ends a scan by its first column only).
The others are told the index by name. The limit is written out: a planner that does not know it reckons with a tenth
of the table, and joins a thousand rows by reading a million.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from esquadrao.database import Dialect


@dataclass(frozen=True, slots=True)
class Walk:
    """Handed to a statement as a table, `FROM :page AS d`: up to `most` rows of one Company whose id is above `after`.

    `index` is over company_id, the columns of `equal` in their order, and id. `columns` are the table's own. The rows
    are the lowest ids, or the `newest`; who needs them in order says so again. Each `most` is a statement of its own.
    """

    table: str
    index: str
    company_id: UUID
    equal: Mapping[str, object]
    after: int
    most: int
    columns: tuple[str, ...] = ("id",)
    newest: bool = False

    def written(self, engine: Dialect) -> tuple[str, list[object]]:
        """The table expression with `{}` for each placeholder, and its parameters."""
        names, values = ["company_id", *self.equal], [self.company_id, *self.equal.values()]
        told = f"INDEXED BY {self.index}" if engine == "sqlite" else f"FORCE INDEX ({self.index})"
        order, above, bound = ["id"], "id > {}", [*values, self.after]
        if engine == "postgres":
            last = names.pop()
            told, order = "", [last, "id"]
            above, bound = f"({last}, id) > ({{}}, {{}}) AND {last} <= {{}}", [*bound, values[-1]]
        where = " AND ".join([*(f"{name} = {{}}" for name in names), above])
        read = f"SELECT {', '.join(self.columns)} FROM {self.table} {told}"
        by = ", ".join(f"{name} DESC" if self.newest else name for name in order)
        return f"({read} WHERE {where} ORDER BY {by} LIMIT {int(self.most)})", bound
