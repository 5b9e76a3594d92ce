from __future__ import annotations

import tomllib
from pathlib import Path

import typer

PROJECT = Path(__file__).resolve().parents[2] / "pyproject.toml"


def version() -> None:
    """Print the version of the code that runs."""
    typer.echo(tomllib.loads(PROJECT.read_text(encoding="utf-8"))["project"]["version"])
