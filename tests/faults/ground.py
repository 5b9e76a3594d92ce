"""A whole installation to be set on fire: servers, workers, clocks, the simulator, each a real process with a name.

Everything listens on loopback or a unix socket in one folder; `stop` leaves nothing behind.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import queue
import signal
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
import redis

from esquadrao.commands.development import ROOT, SECRETS
from esquadrao.commands.own_redis import own_redis
from esquadrao.commands.parent_death import die_with_parent
from esquadrao.database import database, migrate
from tests import conftest, moves
from tests.faults.servers import MariaDb, Postgres, wait_for
from tests.installation import FAST, build_bridge

WORKERS = ("worker 1", "worker 2", "worker 3")
CLOCKS = ("clock 1", "clock 2")
BRIDGE = "bridge"
FORKS_WITHIN = 30.0  # s, the first answer of the nursery, which imports before it
SETTINGS = FAST | {
    "APPLIER_LEASE": "1",
    "APP_ENV": "test",
    "WHATSAPP": "simulator",
    "LOG_LEVEL": "warning",
    "PYTHONUNBUFFERED": "1",
    "DATABASE_POOL": "4",
    "dramatiq_worker_timeout": "100",
    "dramatiq_queue_prefetch": "64",
}


@dataclass
class Ground:
    engine: str  # sqlite · postgres · mysql
    folder: Path
    extra: dict[str, str] = field(default_factory=dict)  # variables of our own processes alone
    disk: Path | None = None  # where database and ledger lie, if elsewhere
    env: dict[str, str] = field(default_factory=dict)
    server: Postgres | MariaDb | None = None
    pids: dict[str, int] = field(default_factory=dict)
    _clean: bytes | None = None  # SQLite's migrated file
    _dead: dict[int, int] = field(default_factory=dict)
    _forked: queue.Queue[int] = field(default_factory=queue.Queue)
    _own: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def prepare(self) -> None:
        """Servers up and the environment complete; no process of ours runs yet."""
        build_bridge()
        if self.engine != "sqlite":
            kind = Postgres if self.engine == "postgres" else MariaDb
            self.server = kind(self.folder / "db")
            self.server.make()
            self.server.start()
            if isinstance(self.server, MariaDb):
                self.server.grant()
        self._redis = own_redis(self.folder)
        self.env = {
            **os.environ,
            **{name: name.lower().ljust(40, "x") for name in SECRETS},
            **SETTINGS,
            "DATABASE_URL": self.database_url,
            "REDIS_URL": self._redis.url,
            "STORAGE_URL": f"file://{self.folder / 'media'}",
            "SIMULATOR_LEDGER": str(self.ledger_file),
            "PATH": f"{Path(sys.prefix) / 'bin'}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        }
        self.start_redis()
        self._nurse()

    @property
    def database_url(self) -> str:
        return self.server.url if self.server else f"sqlite://{self.database_file}"

    @property
    def database_file(self) -> Path:
        return (self.disk or self.folder) / "esquadrao.sqlite3"

    @property
    def ledger_file(self) -> Path:
        return (self.disk or self.folder) / "simulator" / "ledger.jsonl"

    @property
    def names(self) -> tuple[str, ...]:
        return (*WORKERS, *CLOCKS, BRIDGE)

    @property
    def bridge_program(self) -> str:
        return "bridge/dist/simulator/index.js"

    def ledger(self) -> list[dict[str, Any]]:
        """Every whole line of the simulator's ledger."""
        if not self.ledger_file.exists():
            return []
        return [orjson.loads(line) for line in self.ledger_file.read_bytes().split(b"\n")[:-1]]

    def start(self, *names: str, fail_points: str = "", **env: str) -> None:
        for name in names:
            if name.startswith(BRIDGE):
                command = ["node", self.bridge_program]
                points = {"FAIL_POINTS": fail_points} if fail_points else {}
                self.pids[name] = self.spawn(name, command, **(self.extra | env | points))
            else:
                self.pids[name] = self._fork(name, fail_points, env)

    def spawn(self, name: str, command: list[str], **env: str) -> int:
        """A process by exec, in a session of its own; it ends with us."""
        with (self.folder / f"{name}.log").open("ab") as log:
            self._own[name] = subprocess.Popen(
                command,
                cwd=ROOT,
                env=self.env | env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=die_with_parent,  # noqa: PLW1509
            )
        return self._own[name].pid

    def kill(self, name: str) -> None:
        self._signal(name, signal.SIGKILL)
        wait_for(f"the end of {name}", lambda: self.killed(name) is not None)

    def freeze(self, name: str) -> None:
        self._signal(name, signal.SIGSTOP)

    def wake(self, name: str) -> None:
        self._signal(name, signal.SIGCONT)

    def killed(self, name: str) -> int | None:
        """None while it lives, else the signal that ended it (0: it ended by itself)."""
        if name in self._own:
            code = self._own[name].poll()
            return None if code is None else max(0, -code)
        return self._dead.get(self.pids[name])

    def start_redis(self) -> None:
        self._redis.socket.unlink(missing_ok=True)
        self.pids["redis"] = self.spawn("redis", ["/bin/sh", "-c", f"exec {self._redis.command}"])
        wait_for("Redis", self._redis_answers)

    def redis(self) -> redis.Redis:
        return redis.Redis.from_url(self._redis.url)

    def _redis_answers(self) -> bool:
        with contextlib.suppress(redis.RedisError), self.redis() as client:
            return bool(client.ping())
        return False

    def wrong_moves(self) -> list[str]:
        """What the watch over the moves refused, by the last words of whoever asked for it."""
        logs = [
            path.read_text(encoding="utf-8", errors="replace") for path in self.folder.glob("*.log")
        ]
        return [line for text in logs for line in text.splitlines() if moves.REFUSED in line]

    def clear(self) -> None:
        """Every process of the product killed: between two rounds, when nothing of the last one may go on."""
        for name in [one for one in self.pids if one != "redis" and self.killed(one) is None]:
            self.kill(name)
        self.ledger_file.unlink(missing_ok=True)
        with self.redis() as client:
            client.flushall()

    async def emptied(self) -> None:
        """A migrated database without a row; nothing of ours may have it open."""
        if self.engine != "sqlite":
            if self._clean is None:
                await self._migrated()
                self._clean = b""
            async with database(self.database_url):
                await conftest.empty(self.engine)
            return
        if self._clean is None:
            await self._migrated()
            self._clean = await asyncio.to_thread(self.database_file.read_bytes)
        for extra in ("-wal", "-shm"):
            await asyncio.to_thread(Path(f"{self.database_file}{extra}").unlink, missing_ok=True)
        await asyncio.to_thread(self.database_file.write_bytes, self._clean)

    async def _migrated(self) -> None:
        await migrate(self.database_url)
        async with database(self.database_url):
            await moves.watch()

    def stop(self) -> None:
        for name in list(self.pids):
            self._signal(name, signal.SIGKILL)
        if hasattr(self, "_nursery"):
            self._nursery.kill()
            self._nursery.wait()
            self._teller.join()
            for pipe in (self._nursery.stdin, self._nursery.stdout):
                assert pipe is not None
                pipe.close()
        for one in self._own.values():
            one.wait()
        if self.server:
            self.server.stop()
        if hasattr(self, "_redis"):
            self._redis.forget_socket()

    def _signal(self, name: str, number: signal.Signals) -> None:
        if self.killed(name) is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pids[name], number)

    def _nurse(self) -> None:
        with (self.folder / "nursery.log").open("ab") as log:
            self._nursery = subprocess.Popen(
                [sys.executable, "-m", "tests.faults.nursery"],
                cwd=ROOT,
                env=self.env | self.extra,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                preexec_fn=die_with_parent,  # noqa: PLW1509
            )
        self._teller = threading.Thread(target=self._hear, daemon=True)
        self._teller.start()

    def _hear(self) -> None:
        assert self._nursery.stdout is not None
        for line in self._nursery.stdout:
            said = json.loads(line)
            if "pid" in said:
                self._dead.pop(said["pid"], None)  # a number may come again
                self._forked.put(said["pid"])
            else:
                self._dead[said["dead"]] = said["by"]

    def _fork(self, name: str, fail_points: str, env: dict[str, str]) -> int:
        wish = {
            "start": name.partition(" ")[0],
            "log": str(self.folder / f"{name}.log"),
            "fail_points": fail_points,
            "env": env,
        }
        assert self._nursery.stdin is not None
        self._nursery.stdin.write(json.dumps(wish).encode() + b"\n")
        self._nursery.stdin.flush()
        return self._forked.get(timeout=FORKS_WITHIN)
