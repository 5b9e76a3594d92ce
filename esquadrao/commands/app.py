"""The table of commands.

Exit: 0 done · 1 failed or faults found · 2 wrong use · 3 database or Redis unreachable · 4 refused.
"""

from __future__ import annotations

import typer

from esquadrao.commands.clock import clock
from esquadrao.commands.demo import demo
from esquadrao.commands.doctor import doctor
from esquadrao.commands.health import health
from esquadrao.commands.instance import instance
from esquadrao.commands.migrate import migrate
from esquadrao.commands.version import version

app = typer.Typer(
    name="esquadrao",
    help="Run and look after an Esquadrão installation.",
    no_args_is_help=True,
    add_completion=False,
    # A trace with the values of local variables would print secrets.
    pretty_exceptions_enable=False,
)
app.command()(migrate)
app.command()(clock)
app.command()(demo)
app.command()(doctor)
app.command()(health)
app.command()(version)
app.add_typer(instance, name="instance")
