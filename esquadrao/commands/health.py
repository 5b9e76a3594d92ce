from __future__ import annotations

import urllib.error
import urllib.request

import typer

PATIENCE = 5.0  # s; /readyz gives each part one second


def health() -> None:
    """Ask this host's web process whether it can serve: 0 when /readyz answers 200."""
    from esquadrao.settings import settings

    address = f"http://127.0.0.1:{settings().port}/readyz"
    try:
        with urllib.request.urlopen(address, timeout=PATIENCE) as answer:
            typer.echo(answer.read().decode())
    except urllib.error.HTTPError as refused:
        typer.echo(refused.read().decode())
        raise typer.Exit(1) from None
    except OSError as error:
        typer.echo(f"web does not answer at {address}: {error}", err=True)
        raise typer.Exit(1) from None
