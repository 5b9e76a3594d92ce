"""Start processes, prefix their lines, start again what died, stop all of them in order.

Each process leads a group of its own, so that a terminal's Ctrl-C reaches only the supervisor, and whatever a killed
leader leaves behind (Dramatiq forks) is found and ended before the next one starts.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from esquadrao.commands.lines import Lines
from esquadrao.commands.parent_death import die_with_parent

FIRST_PAUSE = 0.2  # s before a process that died starts again; doubles while it keeps dying
LONGEST_PAUSE = 5.0  # s
LIVED = 10.0  # s; who lived longer starts again after the first pause
GRACE = 21.0  # s for web (20 s of requests) and worker (20 s of actors) to end by themselves
LAST_GRACE = 3.0  # s for Redis, which ends after all others: together below 25 s

Say = Callable[[str, str], None]
Hear = Callable[
    [str], bool
]  # a line of a process; whether it was meant for us and nobody need read it


@dataclass(slots=True)
class Child:
    name: str
    command: str
    last: bool = False
    hear: Hear | None = None
    process: asyncio.subprocess.Process | None = None
    task: asyncio.Task[Any] | None = None
    deaths: int = field(default=0)


class Supervisor:
    def __init__(self, *, say: Say) -> None:
        self.say = say
        self.children: list[Child] = []
        self.stopping = asyncio.Event()

    def keep(
        self,
        name: str,
        command: str,
        env: Mapping[str, str],
        *,
        last: bool = False,
        hear: Hear | None = None,
    ) -> None:
        """Start a process and start it again whenever it ends, until `stop`; `last` outlives the others."""
        child = Child(name, command, last=last, hear=hear)
        child.task = asyncio.create_task(self._keep(child, dict(env)))
        self.children.append(child)

    async def run_once(
        self, name: str, command: str, env: Mapping[str, str], *, keep_output: bool = False
    ) -> tuple[int, str]:
        """Run a command to its end. Returns its exit code, and its output when kept; `stop` ends it too."""
        child = Child(name, command, task=asyncio.current_task())
        self.children.append(child)
        kept: list[str] = []
        output = kept.append if keep_output else lambda line: self.say(name, line)
        try:
            code = await self._run(child, dict(env), output=output)
        finally:
            self.children.remove(child)
        return code, "\n".join(kept)

    async def stop(self) -> None:
        """SIGTERM to all but the last, then the last; SIGKILL to the group of whoever stays too long."""
        self.stopping.set()
        await self._end([child for child in self.children if not child.last], grace=GRACE)
        await self._end([child for child in self.children if child.last], grace=LAST_GRACE)

    async def _keep(self, child: Child, env: dict[str, str]) -> None:
        while not self.stopping.is_set() or child.last:
            born = time.monotonic()
            code = await self._run(child, env, output=lambda line: self._said(child, line))
            if self.stopping.is_set():
                return
            child.deaths = 1 if time.monotonic() - born > LIVED else child.deaths + 1
            pause = min(FIRST_PAUSE * 2 ** (child.deaths - 1), LONGEST_PAUSE)
            self.say(child.name, f"ended ({_described(code)}), starts again in {pause:g} s")
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.stopping.wait(), pause)

    def _said(self, child: Child, line: str) -> None:
        if child.hear is None or not child.hear(line):
            self.say(child.name, line)

    async def _run(
        self, child: Child, env: dict[str, str], *, output: Callable[[str], None]
    ) -> int:
        lines = Lines(output)
        try:
            # A pipe of ours, not asyncio's: its wait() may wait for everybody who holds the pipe.
            child.process = await asyncio.create_subprocess_exec(
                *("/bin/sh", "-c", f"exec {child.command}"),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=lines.inlet,
                stderr=lines.inlet,
                env=env,
                start_new_session=True,
                preexec_fn=die_with_parent,
            )
        finally:
            lines.close_inlet()
        if self.stopping.is_set() and not child.last:
            _signal(child, signal.SIGTERM)
        code = await child.process.wait()
        _signal_group(child.process.pid, signal.SIGKILL)
        child.process = None
        await lines.drained()
        return code

    async def _end(self, children: list[Child], *, grace: float) -> None:
        for child in children:
            _signal(child, signal.SIGTERM)
        tasks = [child.task for child in children if child.task]
        if not tasks:
            return
        _, slow = await asyncio.wait(tasks, timeout=grace)
        for child in children:
            if child.task in slow and child.process:
                self.say(child.name, f"did not end within {grace:g} s, killed")
                _signal_group(child.process.pid, signal.SIGKILL)
        await asyncio.wait(tasks, timeout=1.0)


def _signal(child: Child, number: signal.Signals) -> None:
    """To the leader alone: a Dramatiq fork that hears SIGTERM from us and from its leader would stop in the middle."""
    if child.process and child.process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            child.process.send_signal(number)


def _signal_group(group: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)


def _described(code: int) -> str:
    return f"exit {code}" if code >= 0 else f"signal {signal.Signals(-code).name}"
