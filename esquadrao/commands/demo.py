from __future__ import annotations

import asyncio
import json
import os

import typer

PASSWORD = "ESQUADRAO_DEMO_PASSWORD"  # noqa: S105  # the name of the variable, not its value


def demo(
    *,
    as_json: bool = typer.Option(False, "--json", help="One JSON document on stdout."),
    set_password: bool = typer.Option(
        False, "--set-password", help="Give the people who exist this password."
    ),
) -> None:
    """Create the demo companies Alfa and Beta, once; the password comes in ESQUADRAO_DEMO_PASSWORD."""
    from esquadrao.errors import Invalid
    from esquadrao.settings import settings

    if settings().app_env == "production":
        typer.echo(
            "demo: refused, APP_ENV is production. Demo data belongs to development.", err=True
        )
        raise typer.Exit(4)
    password = os.environ.get(PASSWORD, "")
    try:
        created = asyncio.run(_create(password, set_password=set_password))
    except Invalid as error:
        reasons = [issue.sentence.format(**dict(issue.values)) for issue in error.issues]
        typer.echo(f"demo: {PASSWORD}: {' '.join(reasons)}", err=True)
        raise typer.Exit(2) from None
    if as_json:
        typer.echo(json.dumps({"created": created}))
    else:
        typer.echo(
            "demo companies created" if created else "demo companies were there already", err=True
        )


async def _create(password: str, *, set_password: bool) -> bool:
    from esquadrao.database import database
    from esquadrao.demo import create_demo, set_demo_password

    async with database():
        created = await create_demo(password)
        if set_password and not created:
            await set_demo_password(password)
        return created
