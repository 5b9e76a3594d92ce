from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from esquadrao.commands.supervisor import Supervisor

PATIENCE = 20.0  # s; a failing test ends, a passing one never waits for it


class Heard:
    """Every line said, and a way to wait for one."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.changed = asyncio.Condition()
        self.tasks: set[asyncio.Task[None]] = set()

    def __call__(self, name: str, line: str) -> None:
        self.lines.append(f"{name}: {line}")
        task = asyncio.get_running_loop().create_task(self._tell())
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def _tell(self) -> None:
        async with self.changed:
            self.changed.notify_all()

    async def nth(self, text: str, number: int = 1) -> str:
        def found() -> list[str]:
            return [line for line in self.lines if text in line]

        async with self.changed:
            await asyncio.wait_for(self.changed.wait_for(lambda: len(found()) >= number), PATIENCE)
        return found()[number - 1]


@pytest.fixture
async def heard() -> Heard:
    return Heard()


@pytest.fixture
async def supervisor(heard: Heard) -> AsyncIterator[Supervisor]:
    made = Supervisor(say=heard)
    yield made
    await made.stop()


def is_alive(pid: int) -> bool:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, 0)
        return True
    return False


SLEEPER = "sh -c 'echo pid $$; exec sleep 1000'"
FORKER = "sh -c 'sleep 1000 & echo pid $!; wait'"


async def test_a_process_that_dies_starts_again(supervisor: Supervisor, heard: Heard) -> None:
    supervisor.keep("web", SLEEPER, os.environ)
    first = int((await heard.nth("pid")).split()[-1])
    os.kill(first, signal.SIGKILL)
    second = int((await heard.nth("pid", 2)).split()[-1])
    assert second != first
    assert "web: ended (signal SIGKILL), starts again in 0.2 s" in heard.lines


async def test_what_a_killed_leader_leaves_behind_is_ended(
    supervisor: Supervisor, heard: Heard
) -> None:
    supervisor.keep("worker", FORKER, os.environ)
    fork = int((await heard.nth("pid")).split()[-1])
    assert is_alive(fork)
    leader = supervisor.children[0].process
    assert leader is not None
    leader.kill()
    await heard.nth("pid", 2)
    assert not is_alive(fork) or _is_zombie(fork)


def _is_zombie(pid: int) -> bool:
    with contextlib.suppress(OSError):
        return (
            Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()[0]
            == "Z"
        )
    return True


async def test_stopping_ends_all_and_redis_last(heard: Heard) -> None:
    supervisor = Supervisor(say=heard)
    last = "sh -c 'trap \"echo bye; exit\" TERM; echo up; while :; do sleep 0.05; done'"
    supervisor.keep("redis", last, os.environ, last=True)
    supervisor.keep("web", last, os.environ)
    await heard.nth("up", 2)
    await supervisor.stop()
    assert [line for line in heard.lines if "bye" in line] == ["web: bye", "redis: bye"]
    assert all(child.process is None for child in supervisor.children)


async def test_a_line_of_any_length_and_any_bytes_passes(
    supervisor: Supervisor, heard: Heard
) -> None:
    script = "import os; os.write(1, b'x' * 200_000 + b'\\xff\\nend\\n')"
    code, said = await supervisor.run_once(
        "long", f'{sys.executable} -c "{script}"', os.environ, keep_output=True
    )
    assert code == 0
    assert said == "x" * 200_000 + "�\nend"
