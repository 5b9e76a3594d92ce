"""Database servers of our own on loopback, that a fault may kill and start again on the same data."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from esquadrao.commands.parent_death import die_with_parent
from tests.installation import free_port

STARTS_WITHIN = 60.0  # s
STOPS_WITHIN = 20.0  # s
MARIADB_FOLDERS = os.pathsep + "/usr/sbin" + os.pathsep + "/usr/local/sbin"


@dataclass
class Server:
    """One server process; `start` and `kill` may follow each other on the same data."""

    folder: Path
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    def command(self) -> list[str]:
        raise NotImplementedError

    def answers(self) -> bool:
        raise NotImplementedError

    def start(self) -> None:
        with (self.folder / "server.log").open("ab") as log:
            self.process = subprocess.Popen(
                self.command(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                preexec_fn=die_with_parent,  # noqa: PLW1509
            )
        wait_for(type(self).__name__, self.answers)

    def end(self, number: signal.Signals) -> None:
        """A signal to the server, and wait until it is gone."""
        if self.process is not None:
            self.process.send_signal(number)
            try:
                self.process.wait(STOPS_WITHIN)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
            self.process = None


class Postgres(Server):
    """No fsync: what is killed is the server, never the machine."""

    @staticmethod
    def binaries() -> Path | None:
        found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
        return found[-1].parent if found else None

    @property
    def url(self) -> str:
        return f"postgres://postgres@127.0.0.1:{self.port}/postgres"

    def make(self) -> None:
        given_to(self.folder, "postgres")
        options = ["-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync"]
        quietly(
            [*as_user("postgres"), self._program("initdb"), "-D", str(self.folder / "d"), *options]
        )

    def command(self) -> list[str]:
        data = ["-D", str(self.folder / "d"), "-p", str(self.port), "-k", str(self.folder)]
        settings = ["-c", "listen_addresses=127.0.0.1", "-c", "fsync=off"]
        return [*as_user("postgres"), self._program("postgres"), *data, *settings]

    def answers(self) -> bool:
        asked = [self._program("pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self.port)]
        return subprocess.run(asked, check=False).returncode == 0

    def crash(self) -> None:
        """What `pg_ctl stop -m immediate` sends: no checkpoint, every session cut, recovery at the next start."""
        self.end(signal.SIGQUIT)

    def stop(self) -> None:
        self.end(signal.SIGINT)

    def _program(self, name: str) -> str:
        folder = self.binaries()
        assert folder is not None
        return str(folder / name)


class MariaDb(Server):
    """The log goes to the system at every commit: a killed server has lost nothing it said it kept."""

    @staticmethod
    def program() -> str | None:
        return shutil.which("mariadbd", path=os.environ.get("PATH", os.defpath) + MARIADB_FOLDERS)

    @property
    def url(self) -> str:
        return f"mysql://esquadrao:esquadrao@127.0.0.1:{self.port}/esquadrao"

    def make(self) -> None:
        given_to(self.folder, "mysql")
        user = "mysql" if is_root() else pwd.getpwuid(os.getuid()).pw_name
        quietly(
            [
                "mariadb-install-db",
                "--no-defaults",
                f"--user={user}",
                f"--datadir={self.folder / 'd'}",
                "--auth-root-authentication-method=normal",
                "--skip-test-db",
            ]
        )

    def command(self) -> list[str]:
        return [
            *as_user("mysql"),
            str(self.program()),
            "--no-defaults",
            f"--datadir={self.folder / 'd'}",
            f"--socket={self.folder / 's'}",
            f"--pid-file={self.folder / 'pid'}",
            "--bind-address=127.0.0.1",
            f"--port={self.port}",
            "--character-set-server=utf8mb4",
            "--innodb-flush-log-at-trx-commit=2",
        ]

    def answers(self) -> bool:
        asked = ["mariadb-admin", "--no-defaults", f"--socket={self.folder / 's'}", "-u", "root"]
        done = subprocess.run([*asked, "ping"], capture_output=True, check=False)
        return done.returncode == 0

    def grant(self) -> None:
        words = (
            "CREATE DATABASE esquadrao; CREATE USER esquadrao@'%' IDENTIFIED BY 'esquadrao'; "
            "GRANT ALL ON *.* TO esquadrao@'%'"
        )
        socket = f"--socket={self.folder / 's'}"
        quietly(["mariadb", "--no-defaults", socket, "-u", "root", "-e", words])

    def crash(self) -> None:
        self.end(signal.SIGKILL)

    def stop(self) -> None:
        self.end(signal.SIGTERM)


def is_root() -> bool:
    return os.geteuid() == 0


def as_user(name: str) -> list[str]:
    """Database servers refuse root: there they run as the user their package made."""
    if not is_root():
        return []
    return ["setpriv", "--reuid", name, "--regid", name, "--init-groups", "--pdeathsig", "TERM"]


def given_to(folder: Path, name: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    if is_root():
        user = pwd.getpwnam(name)
        os.chown(folder, user.pw_uid, user.pw_gid)


def quietly(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command[0]}: {done.stdout}{done.stderr}"


def wait_for(what: str, good: Callable[[], bool], *, within: float = STARTS_WITHIN) -> None:
    ends = time.monotonic() + within
    while not good():
        if time.monotonic() > ends:
            raise RuntimeError(f"{what}: not within {within:g} s")
        time.sleep(0.05)
