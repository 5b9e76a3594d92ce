"""A whole real installation in a folder, on loopback: database, Redis, web, worker, clock, simulator.

The commands are the Procfile's own, the Redis is `make run`'s. `kill` is SIGKILL to a process and everything it forked,
then a new start; `stop` leaves nothing behind. Every process writes into a file of its own, shown when a test fails.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
import redis

from esquadrao.commands.development import ROOT, SECRETS, processes
from esquadrao.commands.own_redis import own_redis
from esquadrao.commands.parent_death import die_with_parent

STARTS_WITHIN = 60.0  # s, each process; a slow machine's first start takes about 10
STOPS_WITHIN = 25.0  # s, all of them together; what `make run` promises too
LOOK_EVERY = 0.05  # s between two looks at what is waited for
TAIL = 4_000  # characters of a log shown on failure
# What stands for each build, its sources, and npm's word for it.
BUILT = (
    ("bridge/dist/bridge/index.js", "bridge/src", "build"),
    ("bridge/dist-fake/index.js", "bridge/test/fake-whatsapp", "build:fake"),
)
FAST = {
    "SETTLE_AFTER": "1",
    "RETRY_PAUSE": "0.2",
    "SWEEP_EVERY": "0.5",
    "DEFAULT_PRESET": "simulator",
    "DEFAULT_GAP_MIN": "0",
    "DEFAULT_GAP_MAX": "0",
    "SIMULATOR_DELAYS": "login:0-1,pair:10,ack:0,delivered:0,read:0-5",
    "SIMULATOR_RATES": "nack:0,unacked:0,not_on_whatsapp:0,undelivered:0,unread:0",
    "SIMULATOR_AUTO_PAIR": "1",
    "WORKER_PROCESSES": "1",
    "WORKER_THREADS": "4",
}


class NotInTimeError(AssertionError):
    """What was waited for did not come; the message holds the ends of all logs."""


@dataclass
class Installation:
    folder: Path
    env: dict[str, str]
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return self.env["BASE_URL"]

    @property
    def redis_url(self) -> str:
        return self.env["REDIS_URL"]

    @property
    def ledger_file(self) -> Path:
        return Path(self.env["SIMULATOR_LEDGER"])

    def ledger(self, kind: str = "write") -> list[dict[str, Any]]:
        """The simulator's lines of one kind: a `write` is a message that reached "WhatsApp"."""
        if not self.ledger_file.exists():
            return []
        whole = self.ledger_file.read_bytes().split(b"\n")[:-1]  # the last one may be half written
        return [line for line in map(orjson.loads, whole) if line["t"] == kind]

    def command(self, name: str) -> str:
        return processes()[name]

    def start(self, *names: str) -> None:
        for name in names:
            self._launch(name, self.command(name))

    def kill(self, *names: str) -> None:
        """SIGKILL to the processes and all they forked, in the middle of whatever they do; then start them again."""
        for name in names:
            _signal_group(self.running[name], signal.SIGKILL)
        for name in names:
            self.running.pop(name).wait()
            self.start(name)

    def start_another(self, name: str) -> None:
        """A second one of the same kind beside the first, as `<name> 2`."""
        self._launch(f"{name} 2", self.command(name))

    def freeze(self, name: str) -> None:
        _signal_group(self.running[name], signal.SIGSTOP)

    def wake(self, name: str) -> None:
        _signal_group(self.running[name], signal.SIGCONT)

    def flush_redis(self) -> None:
        with redis.Redis.from_url(self.redis_url) as client:
            client.flushall()

    def run(self, command: str, **env: str) -> str:
        """Run one command of the installation to its end and give back what it printed."""
        done = subprocess.run(
            ["/bin/sh", "-c", f"exec {command}"],
            cwd=ROOT,
            env=self.env | env,
            capture_output=True,
            text=True,
            timeout=STARTS_WITHIN,
            check=False,
        )
        assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
        return done.stdout

    def is_ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/readyz", timeout=2) as answer:  # noqa: S310  # our own http
                return bool(answer.status == 200)
        except OSError:
            return False

    def wait_for(self, what: str, good: Callable[[], object], *, within: float) -> None:
        ends = time.monotonic() + within
        while not good():
            self._check(what, ends)
            time.sleep(LOOK_EVERY)

    async def until(self, what: str, good: Callable[[], Any], *, within: float) -> None:
        """Look again and again until an async question answers yes; fails with the logs after `within` seconds."""
        ends = time.monotonic() + within
        while not await good():
            self._check(what, ends)
            await asyncio.sleep(LOOK_EVERY)

    def _check(self, what: str, ends: float) -> None:
        gone = [name for name, one in self.running.items() if one.poll() is not None]
        if gone or time.monotonic() > ends:
            why = f"{', '.join(gone)} ended" if gone else "not in time"
            raise NotInTimeError(f"{what}: {why}\n{self.logs()}")

    def says(self, name: str, words: str) -> bool:
        """Whether a process has written these words."""
        path = self.folder / f"{name}.log"
        return path.exists() and words in path.read_text(encoding="utf-8", errors="replace")

    def logs(self) -> str:
        ends = []
        for path in sorted(self.folder.glob("*.log")):
            text = path.read_text(encoding="utf-8", errors="replace")
            ends.append(f"----- {path.name}\n{text[-TAIL:]}")
        return "\n".join(ends)

    def stop(self) -> None:
        """SIGTERM, then SIGKILL for whoever stays too long; Redis last, since the others still speak to it."""
        last = [name for name in self.running if name == "redis"]
        for names in ([name for name in self.running if name != "redis"], last):
            for name in names:
                _signal_group(self.running[name], signal.SIGCONT)
                self.running[name].terminate()
            ends = time.monotonic() + STOPS_WITHIN
            for name in names:
                process = self.running.pop(name)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(max(0.1, ends - time.monotonic()))
                _signal_group(process, signal.SIGKILL)
                process.wait()

    def _launch(self, name: str, command: str) -> None:
        with (self.folder / f"{name}.log").open("ab") as log, warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # 3.12: a fork beside threads
            self.running[name] = subprocess.Popen(
                ["/bin/sh", "-c", f"exec {command}"],
                cwd=ROOT,
                env=self.env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=die_with_parent,  # noqa: PLW1509  # a killed pytest leaves no process
            )


def _signal_group(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def installation(
    folder: Path, *, database_url: str = "", settings: Mapping[str, str] | None = None
) -> Iterator[Installation]:
    """Start it, wait until every part answers, and stop it whatever happens."""
    build_bridge()
    redis_server = own_redis(folder)
    port = free_port()
    env = {
        **os.environ,
        **{name: name.lower().ljust(40, "x") for name in SECRETS},
        **FAST,
        "APP_ENV": "test",
        "WHATSAPP": "simulator",
        "DATABASE_URL": database_url or f"sqlite://{folder / 'esquadrao.sqlite3'}",
        "REDIS_URL": redis_server.url,
        "STORAGE_URL": f"file://{folder / 'media'}",
        "BASE_URL": f"http://127.0.0.1:{port}",
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "SIMULATOR_LEDGER": str(folder / "simulator" / "ledger.jsonl"),
        "PATH": f"{Path(sys.prefix) / 'bin'}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        "PYTHONUNBUFFERED": "1",
        **(settings or {}),
    }
    here = Installation(folder, env)
    try:
        here._launch("redis", redis_server.command)
        here.wait_for("Redis", redis_server.socket.exists, within=STARTS_WITHIN)
        here.run("esquadrao migrate")
        here.start(*processes())
        here.wait_for("readiness", here.is_ready, within=STARTS_WITHIN)
        yield here
    finally:
        here.stop()
        redis_server.forget_socket()


def build_bridge() -> None:
    """Bridge, simulator and fake WhatsApp as their sources stand: built where nobody did since the last change."""
    npm = ["npm", "--prefix", "bridge"]
    if not (ROOT / "bridge/node_modules").exists():
        subprocess.run([*npm, "ci", "--ignore-scripts"], cwd=ROOT, check=True)
    with (ROOT / "bridge/node_modules/.building").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two processes of pytest must not write one folder
        for made, sources, script in BUILT:
            if _is_older(ROOT / made, ROOT / sources):
                subprocess.run([*npm, "run", script], cwd=ROOT, check=True)


def _is_older(made: Path, sources: Path) -> bool:
    changed = max(one.stat().st_mtime for one in sources.rglob("*") if one.is_file())
    return not made.exists() or made.stat().st_mtime < changed
