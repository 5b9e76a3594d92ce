from __future__ import annotations

import asyncio
import json

import typer

instance = typer.Typer(help="This installation as a whole.", no_args_is_help=True)


@instance.callback()
def _group() -> None:
    """One command so far; the callback keeps its name."""


@instance.command("raise")
def raise_epoch(
    *,
    yes: bool = typer.Option(False, "--yes", help="Every Campaign that moves is paused."),
    as_json: bool = typer.Option(False, "--json", help="One JSON document on stdout."),
) -> None:
    """After a restore: pause every Campaign, ask the bridge what was sent meanwhile, begin a new epoch.

    A restore is recognised without it, unless Redis was emptied or restored too.
    """
    if not yes:
        typer.echo("instance raise: pauses every campaign; say --yes to do it.", err=True)
        raise typer.Exit(4)
    epoch = asyncio.run(_recover())
    typer.echo(json.dumps({"epoch": epoch}) if as_json else f"epoch {epoch}", err=not as_json)


async def _recover() -> int:
    from esquadrao.campaigns.restored import recover
    from esquadrao.database import database

    async with database():
        return await recover()
