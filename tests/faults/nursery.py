"""A warm parent that forks workers and clocks: whoever dies by SIGKILL has a successor in tenths of a second.

`python -m tests.faults.nursery` imports what a worker imports, opens nothing, and then obeys lines of JSON:
{"start": "worker" | "clock", "log": path, "fail_points": "…", "env": {…}} → {"pid": n}. It tells {"dead": pid, "by":
signal}. A child runs what `dramatiq actors.main` or `esquadrao clock` run; it dies with its parent, and the parent with
the pipe it reads.
"""

from __future__ import annotations

import gc
import json
import os
import select
import signal
import sys
import threading
from pathlib import Path
from typing import Any, NoReturn

import dramatiq

from esquadrao import failpoints
from esquadrao.commands.parent_death import die_with_parent
from esquadrao.settings import settings

LOOK_EVERY = 0.02  # s between two looks for the dead


def main() -> None:
    warm()
    gc.freeze()
    told = os.fdopen(os.dup(1), "w", buffering=1)
    waiting = b""
    while True:
        ready, _, _ = select.select([0], [], [], LOOK_EVERY)
        if ready:
            read = os.read(0, 65_536)
            if not read:
                return
            *lines, waiting = (waiting + read).split(b"\n")
            for line in lines:
                told.write(json.dumps({"pid": fork(json.loads(line))}) + "\n")
        for pid, number in dead():
            told.write(json.dumps({"dead": pid, "by": number}) + "\n")


def warm() -> None:
    import actors.main  # noqa: PLC0415  # no connection, no thread, no event loop: all that comes after the fork
    import esquadrao.clock_ring  # noqa: F401, PLC0415

    assert threading.active_count() == 1, "a fork takes no thread along"
    assert actors.main.broker is dramatiq.get_broker()


def dead() -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return found
        if pid == 0:
            return found
        found.append((pid, os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0))


def fork(wish: dict[str, Any]) -> int:
    parent = os.getpid()
    pid = os.fork()
    if pid:
        return pid
    try:
        die_with_parent()
        if os.getppid() != parent:
            os._exit(1)
        become(wish)
    except BaseException:  # noqa: BLE001  # nothing of a child may run on into the parent's loop
        sys.excepthook(*sys.exc_info())
        sys.stderr.flush()
        os._exit(1)


def become(wish: dict[str, Any]) -> NoReturn:
    log = os.open(Path(wish["log"]), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.environ.update(wish["env"])
    settings.cache_clear()
    failpoints.arm(wish["fail_points"])
    if wish["start"] == "worker":
        worker()
    else:
        from esquadrao.commands.clock import clock  # noqa: PLC0415

        clock()
    os._exit(0)


def worker() -> None:
    """As Dramatiq's own worker process does, but without its master."""
    stopping = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopping.set())
    broker = dramatiq.get_broker()
    broker.emit_after("process_boot")
    made = dramatiq.Worker(broker, worker_threads=int(os.environ["WORKER_THREADS"]))
    made.start()
    print("worker is ready", flush=True)  # noqa: T201
    while not stopping.wait(0.5):
        pass
    made.stop()


if __name__ == "__main__":
    main()
