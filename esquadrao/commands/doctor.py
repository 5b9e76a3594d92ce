"""What a person would check by hand before asking for help, each line with its cure."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import Literal

import typer

OLDEST_NODE = 20
UNREACHABLE = 3  # exit code: database or Redis


@dataclass(frozen=True, slots=True)
class Finding:
    part: str
    state: Literal["ok", "warn", "fail"]
    seen: str
    cure: str = ""


def doctor(
    *, as_json: bool = typer.Option(False, "--json", help="One JSON document on stdout.")
) -> None:
    """Look at the machine, the settings, the database and Redis; say what is wrong and how to cure it."""
    findings = [finding for check in CHECKS for finding in check()]
    if as_json:
        typer.echo(json.dumps([asdict(finding) for finding in findings], ensure_ascii=False))
    else:
        for finding in findings:
            typer.echo(f"{finding.state:<5} {finding.part:<9} {finding.seen}")
            if finding.cure:
                typer.echo(f"{'':<15} → {finding.cure}")
    failed = {finding.part for finding in findings if finding.state == "fail"}
    if failed & {"database", "redis"}:
        raise typer.Exit(UNREACHABLE)
    if failed:
        raise typer.Exit(1)


def machine() -> Iterator[Finding]:
    seen = sys.version.split()[0]
    good = sys.version_info >= (3, 11)
    yield Finding(
        "python", "ok" if good else "fail", seen, "" if good else "install Python 3.11 or newer"
    )
    seen = sqlite3.sqlite_version
    good = sqlite3.sqlite_version_info >= (3, 35)  # RETURNING
    yield Finding(
        "sqlite",
        "ok" if good else "fail",
        seen,
        "" if good else "use a Python built with SQLite 3.35 or newer",
    )
    node = shutil.which("node")
    if node is None:
        yield Finding(
            "node",
            "fail",
            "not on the PATH",
            "install Node 20 or newer: the bridge to WhatsApp runs on it",
        )
        return
    seen = subprocess.run(
        [node, "--version"], capture_output=True, text=True, check=False
    ).stdout.strip()
    major = seen.removeprefix("v").partition(".")[0]
    good = major.isdecimal() and int(major) >= OLDEST_NODE
    yield Finding(
        "node", "ok" if good else "fail", seen, "" if good else "install Node 20 or newer"
    )


def configuration() -> Iterator[Finding]:
    from esquadrao.settings import settings

    try:
        known = settings()
    except ValueError as error:
        # Only the messages: the values beside them may be secrets.
        errors = getattr(error, "errors", None)
        why = (
            "; ".join(str(one["msg"]) for one in errors(include_input=False))
            if errors
            else str(error)
        )
        yield Finding("settings", "fail", why, "docs/settings.md lists every variable")
        return
    yield Finding(
        "settings", "ok", f"{known.app_env}, {known.base_url}, WhatsApp is {known.whatsapp}"
    )


def bridge() -> Iterator[Finding]:
    """What the bridge reads by itself: looked for here, since its own complaint comes late and in another log."""
    from esquadrao.settings import SHORTEST_SECRET, settings

    try:
        name = settings().whatsapp
    except ValueError:
        return  # said already
    if name == "simulator":
        return
    wanted = ["BRIDGE_KEYS"]
    if name == "fake":
        wanted += ["WHATSAPP_URL", "WHATSAPP_ROOT_KEY"]
    missing = [one for one in wanted if not (os.environ.get(one) or os.environ.get(f"{one}_FILE"))]
    if missing:
        cure = "docs/settings.md, The bridge; `make run` makes its own"
        yield Finding("bridge", "fail", f"{', '.join(missing)}: missing", cure)
        return
    keys = os.environ.get("BRIDGE_KEYS", "").split(",")
    if any(0 < len(one.strip().encode()) < SHORTEST_SECRET for one in keys):
        cure = f"each key needs {SHORTEST_SECRET} bytes or more"
        yield Finding("bridge", "fail", "BRIDGE_KEYS: too short", cure)
        return
    yield Finding("bridge", "ok", f"settings are there, WhatsApp is {name}")


def stores() -> Iterator[Finding]:
    from esquadrao.settings import settings

    try:
        settings()
    except ValueError:
        return  # said already
    yield asyncio.run(_database())
    yield _redis()


async def _database() -> Finding:
    from esquadrao.database import database, dialect, is_reachable

    cure = "check DATABASE_URL and that the server runs"
    try:
        async with database():
            if await is_reachable(within=5.0):
                return Finding("database", "ok", dialect())
            return Finding("database", "fail", "does not answer within 5 s", cure)
    except Exception as error:  # noqa: BLE001  # whatever the driver raises is the finding
        return Finding("database", "fail", type(error).__name__, cure)


def _redis() -> Finding:
    import redis

    from esquadrao.gateways.redis_client import client
    from esquadrao.settings import settings

    try:
        info = client(settings().redis_url).info()
    except redis.RedisError as error:
        return Finding(
            "redis", "fail", type(error).__name__, "check REDIS_URL and that the server runs"
        )
    seen = str(info["redis_version"])
    if tuple(int(part) for part in seen.split(".")[:2]) < (6, 2):
        return Finding("redis", "fail", seen, "Redis 6.2 or newer is needed (XAUTOCLAIM)")
    if not info.get("aof_enabled"):
        return Finding(
            "redis",
            "warn",
            f"{seen}, append-only file off",
            "appendonly yes, or a restart loses its hints",
        )
    return Finding("redis", "ok", seen)


CHECKS: tuple[Callable[[], Iterator[Finding]], ...] = (machine, configuration, bridge, stores)
