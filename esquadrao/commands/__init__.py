"""The `esquadrao` command: each file here is one thin command over a function of the domain."""

from esquadrao.commands.app import app

__all__ = ["app"]
