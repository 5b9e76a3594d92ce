"""CPU that the processes of an installation spend: the figure that stands on a machine others load, too."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from esquadrao import sql
from esquadrao.database import dialect
from esquadrao.gateways import bridge
from tests.bench.processes import tree

TICKS = os.sysconf("SC_CLK_TCK")  # a second, in what /proc counts by


async def spent(ids: Mapping[str, int]) -> dict[str, float]:
    """Seconds so far, by process; the database's only where it is a PostgreSQL of this machine."""
    found = {name: sum(seconds(one) for one in tree(pid)) for name, pid in ids.items()}
    said = await bridge.redis().info("cpu")
    found["Redis"] = float(said["used_cpu_sys"]) + float(said["used_cpu_user"])
    postmaster = await _postmaster()
    if postmaster:
        found["PostgreSQL"] = sum(seconds(one) for one in tree(postmaster))
    return found


async def _postmaster() -> int | None:
    if dialect() != "postgres":
        return None
    (row,) = await sql.rows("SELECT pg_backend_pid() AS pid")
    return _parent(int(row["pid"]))


def _parent(backend: int) -> int | None:
    said = Path(f"/proc/{backend}/stat")
    if not said.exists() or "(postgres)" not in said.read_text(encoding="utf-8"):
        return None
    return int(_fields(backend)[1])


def seconds(pid: int) -> float:
    """Of a process and of its children that have ended; nothing where it ended meanwhile."""
    try:
        return sum(int(one) for one in _fields(pid)[11:15]) / TICKS
    except FileNotFoundError:
        return 0.0


def _fields(pid: int) -> list[str]:
    """What /proc says after the name, which may hold spaces: state, parent, …"""
    return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
