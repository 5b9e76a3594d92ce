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
    return [
        f"machine: {len(os.sched_getaffinity(0))} cores ({_processor()}), {memory:.0f} GB, load {load:.1f} at the start",
        f"Python {platform.python_version()}, Node {_said('node', '--version')}, SQLite {sqlite3.sqlite_version}, "
        f"Redis {redis}, PostgreSQL {postgres}, {platform.system()} {platform.release()}",
    ]


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.exists() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _said(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()  # noqa: S603
