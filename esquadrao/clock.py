"""The one place that asks what time it is.

The engine's moments come from `database.db_now()`: two hosts may disagree, the database does not disagree with
itself. `now()` is for what a person sees and for sessions. Both give aware UTC moments.
"""

from __future__ import annotations

from datetime import UTC, datetime


def now() -> datetime:
    return datetime.now(UTC)
