"""What `dramatiq actors.main` loads: the broker first, then every actor, one a job."""

from __future__ import annotations

import importlib

from actors.broker import set_broker
from esquadrao.logs import configure_logs
from esquadrao.sentry import watch_errors

STAGES = ("verify", "process", "prepare", "dispatch", "sweep", "recount", "imports")

configure_logs("worker")
watch_errors("worker")
broker = set_broker()
for stage in STAGES:
    importlib.import_module(f"actors.{stage}")
