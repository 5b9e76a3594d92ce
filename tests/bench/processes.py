"""The processes of an installation, by the commands of the Procfile: started, waited for, stopped by their own ids."""

from __future__ import annotations

import asyncio
import os
import subprocess
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from esquadrao.commands.development import processes
from esquadrao.database import dialect

ENDS_WITHIN = 25.0  # s; what a deploy grants
TICK = 0.05  # s between two looks
# What `make run` starts on SQLite, whose one writer no second process makes faster; else the Procfile's own number.
WORKER_PROCESSES = {"sqlite": 1, "postgres": 2}


@asynccontextmanager
async def running(*names: str) -> AsyncIterator[dict[str, int]]:
    """Processes of the Procfile by name; gives their ids."""
    commands = {name: processes()[name] for name in names}
    async with started(commands) as ids:
        yield ids


@asynccontextmanager
async def started(commands: dict[str, str]) -> AsyncIterator[dict[str, int]]:
    prefix = f"WORKER_PROCESSES={WORKER_PROCESSES[dialect()]}; exec"
    log = Path(os.environ["BENCH_LOG"]).open("ab")  # noqa: ASYNC230, SIM115  # the processes' own, closed with them
    made = {
        name: subprocess.Popen(  # noqa: ASYNC220
            ["/bin/sh", "-c", f"{prefix} {command}"], stdout=log, stderr=log
        )
        for name, command in commands.items()
    }
    log.close()
    try:
        yield {name: one.pid for name, one in made.items()}
    finally:
        for one in made.values():
            one.terminate()
        for one in made.values():
            await asyncio.to_thread(_ended, one)


def _ended(one: subprocess.Popen[bytes]) -> None:
    """The figure is taken: who does not end in time is killed, and its children with our process group."""
    try:
        one.wait(ENDS_WITHIN)
    except subprocess.TimeoutExpired:
        one.kill()
        one.wait()


async def until(good: Callable[[], Awaitable[bool]], what: str, *, within: float) -> None:
    ends = time.monotonic() + within
    while not await good():
        if time.monotonic() > ends:
            raise RuntimeError(f"{what}: not within {within:g} s")
        await asyncio.sleep(TICK)


def peak_memory(pid: int) -> float:
    """The highest resident size so far, in MB, of the largest process of the tree (Dramatiq forks its workers)."""
    return max(_peak(one) for one in tree(pid))


def memory(pid: int) -> float:
    """The resident size now, in MB, of one process."""
    return _size(pid, "VmRSS")


def tree(pid: int) -> list[int]:
    """A process and all below it; what ended meanwhile is left out."""
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    except FileNotFoundError:
        return []
    return [pid, *[one for child in children for one in tree(int(child))]]


def _peak(pid: int) -> float:
    return _size(pid, "VmHWM")


def _size(pid: int, name: str) -> float:
    for line in Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines():
        if line.startswith(name):
            return int(line.split()[1]) / 1024
    return 0.0
