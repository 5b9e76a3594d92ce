"""`make bench`: figures of speed and size, each beside its baseline of the same run.

ONLY=name,… picks figures, JSON=file writes them as a list. Each figure is measured in a process of its own, against an
own Redis and an empty database; everything listens on loopback or a unix socket and is stopped at the end.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path

from tests.bench import machine, servers
from tests.bench.figures import Figure, table
from tests.bench.registry import BENCHES, Bench, chosen

ROOT = Path(__file__).resolve().parents[2]
TERMINATED = 128 + signal.SIGTERM  # the exit code a shell expects
LAST_LINES = 15  # of the processes, when a figure failed
SECRETS = ("SECRET_KEYS", "FIELD_KEYS", "LOOKUP_KEY", "BRIDGE_SECRET")


def main() -> int:
    if len(sys.argv) == 3:  # the process of one figure: its name and where to write
        figures = asyncio.run(_measure(sys.argv[1]))
        Path(sys.argv[2]).write_text(json.dumps([asdict(one) for one in figures]), encoding="utf-8")
        return 0
    try:
        benches = chosen(os.environ.get("ONLY", ""))
    except ValueError as error:
        print(f"bench: {error}", file=sys.stderr)  # noqa: T201
        return 2
    signal.signal(
        signal.SIGTERM, lambda *_: sys.exit(TERMINATED)
    )  # so that everything is stopped on the way out
    with ExitStack() as open_servers:
        needs_postgres = any(bench.engine == "postgres" for bench in benches)
        postgres = open_servers.enter_context(servers.postgres_server()) if needs_postgres else None
        with servers.own_redis() as url:
            redis = servers.redis_version(url)
        version = servers.postgres_version(postgres) if postgres else "not found"
        for line in machine.described(redis=redis, postgres=version if needs_postgres else "-"):
            say(line)
        figures, lost = _all(benches, postgres)
    print(f"\n{table(figures)}")  # noqa: T201
    for line in lost:
        say(line)
    if os.environ.get("JSON"):
        text = json.dumps([one.to_json() for one in figures], indent=2, ensure_ascii=False)
        Path(os.environ["JSON"]).write_text(f"{text}\n", encoding="utf-8")
    return 1 if any("failed" in line for line in lost) else 0


def _all(benches: Sequence[Bench], postgres: str | None) -> tuple[list[Figure], list[str]]:
    figures: list[Figure] = []
    lost: list[str] = []
    for bench in benches:
        if bench.engine == "postgres" and postgres is None:
            lost.append(f"{bench.name} skipped: PostgreSQL not found, set TEST_POSTGRES_URL")
            continue
        say(f"{bench.name} …")
        try:
            figures += _one(bench, postgres)
        except (subprocess.SubprocessError, OSError, RuntimeError) as error:
            lost.append(f"{bench.name} failed: {error}")
    return figures, lost


def _one(bench: Bench, postgres: str | None) -> list[Figure]:
    """Run the figure's process; whatever it leaves behind is its group, ended with it."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="esq-bench-")))
        url = f"sqlite://{folder / 'bench.sqlite3'}"
        if bench.engine == "postgres" and postgres:
            url = stack.enter_context(servers.own_database(postgres))
        out = folder / "figures.json"
        env = environment(folder, url, stack.enter_context(servers.own_redis()))
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.bench", bench.name, str(out)],
            cwd=ROOT,
            env=env,
            start_new_session=True,
        )
        try:
            code = process.wait(bench.limit)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        if code != 0:
            raise RuntimeError(f"exit code {code}{_last_words(folder)}")
        return [Figure(**one) for one in json.loads(out.read_text(encoding="utf-8"))]


def _last_words(folder: Path) -> str:
    log = folder / "processes.log"
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines() if log.exists() else []
    return "".join(f"\n  {line}" for line in lines[-LAST_LINES:])


def environment(folder: Path, database_url: str, redis_url: str) -> dict[str, str]:
    """An installation of the simulator that answers at once with every receipt."""
    return {
        **os.environ,
        **{name: name.lower().ljust(40, "x") for name in SECRETS},
        "APP_ENV": "test",
        "WHATSAPP": "simulator",
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "STORAGE_URL": f"file://{folder / 'media'}",
        "LOG_LEVEL": "warning",
        "BENCH_LOG": str(folder / "processes.log"),
        "PATH": f"{Path(sys.prefix) / 'bin'}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        "SIMULATOR_LEDGER": str(folder / "ledger.jsonl"),
        "SIMULATOR_AUTO_PAIR": "1",
        "SIMULATOR_DELAYS": "login:0,pair:0,ack:0,delivered:0,read:0",
        "SIMULATOR_RATES": "undelivered:0,unread:0",
    }


async def _measure(name: str) -> list[Figure]:
    from esquadrao.database import close_database, migrate, open_database  # noqa: PLC0415
    from esquadrao.gateways import bridge, live  # noqa: PLC0415

    (bench,) = [one for one in BENCHES if one.name == name]
    await migrate()
    await open_database()
    try:
        return await bench.load()()
    finally:
        await bridge.close()
        await live.close()
        await close_database()


def say(line: str) -> None:
    print(f"bench: {line}", flush=True)  # noqa: T201  # the door's own words


if __name__ == "__main__":
    sys.exit(main())
