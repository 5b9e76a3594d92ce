from __future__ import annotations

import asyncio
import json
import os

import typer

TOO_SHORT = 8  # characters; shorter passwords are refused at sign-in too
PASSWORD = "ESQUADRAO_DEMO_PASSWORD"  # noqa: S105  # the name of the variable, not its value


def demo(
    *, as_json: bool = typer.Option(False, "--json", help="One JSON document on stdout.")
) -> None:
    """Create the demo companies Alfa and Beta, once; the password comes in ESQUADRAO_DEMO_PASSWORD."""
    from esquadrao.settings import settings

    if settings().app_env == "production":
        typer.echo(
            "demo: refused, APP_ENV is production. Demo data belongs to development.", err=True
        )
        raise typer.Exit(4)
    password = os.environ.get(PASSWORD, "")
    if len(password) < TOO_SHORT:
        typer.echo(f"demo: set {PASSWORD} to at least {TOO_SHORT} characters.", err=True)
        raise typer.Exit(2)
    created = asyncio.run(_create(password))
    if as_json:
        typer.echo(json.dumps({"created": created}))
    else:
        typer.echo(
            "demo companies created" if created else "demo companies were there already", err=True
        )


async def _create(password: str) -> bool:
    from esquadrao.companies.demo import create_demo
    from esquadrao.database import database

    async with database():
        return await create_demo(password)
