"""What the figures were measured on."""

from __future__ import annotations

import os
import platform
import sqlite3
import subprocess
from pathlib import Path


def described(*, redis: str, postgres: str) -> list[str]:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1024**3
    load = os.getloadavg()[0]
    cores = f"{len(os.sched_getaffinity(0))} cores ({_processor()})"
    python = f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}"
    servers = f"Redis {redis}, PostgreSQL {postgres}, Node {_said('node', '--version')}"
    return [
        f"{cores}, {memory:.0f} GB, load {load:.1f} at the start",
        f"{python}, {servers}, {platform.system()} {platform.release()}",
    ]


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.exists() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _said(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
