"""What `dramatiq actors.main` loads: the broker first, then every actor, one a job."""

from __future__ import annotations

import asyncio
import importlib
import sys

from actors.broker import set_broker
from esquadrao.logs import configure_logs
from esquadrao.sentry import watch_errors

STAGES = ("verify", "process", "prepare", "dispatch", "sweep", "recount", "imports")

if sys.platform != "win32":
    import uvloop

    # The actors' loop runs the applier and dispatch: much of their time is the loop's own.
    asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
configure_logs("worker")
watch_errors("worker")
broker = set_broker()
for stage in STAGES:
    importlib.import_module(f"actors.{stage}")
