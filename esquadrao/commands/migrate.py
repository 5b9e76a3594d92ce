from __future__ import annotations

import asyncio

import typer


def migrate() -> None:
    """Bring the schema to this code's version; two at once are safe, the second waits."""
    from esquadrao.database import migrate as bring_schema_up

    asyncio.run(bring_schema_up())
    typer.echo("schema is current", err=True)
