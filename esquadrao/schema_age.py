"""Whether the database's schema is as new as this code needs: a web process before its release gets no traffic."""

from __future__ import annotations

import pkgutil
import re

from tortoise.migrations.recorder import MigrationRecorder

from esquadrao import migrations
from esquadrao.database import connection

MIGRATION = re.compile(r"\d{4}_\w+")


async def is_schema_current() -> bool:
    """False also before the first migration: the recorder reads a table that is not there as no migrations."""
    applied = await MigrationRecorder(connection()).applied_migrations()
    return needed() <= {key.name for key in applied}


def needed() -> set[str]:
    names = (module.name for module in pkgutil.iter_modules(migrations.__path__))
    return {name for name in names if MIGRATION.fullmatch(name)}
