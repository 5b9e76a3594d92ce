"""`bin/dev`: every process of the Procfile, a real Redis and the simulator, with one address to open."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import json
import os
import secrets
import signal
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from http import HTTPStatus
from pathlib import Path
from typing import TextIO

from esquadrao.commands.development import (
    ROOT,
    environment,
    free_port,
    processes,
    state_folder,
    wanted_port,
)
from esquadrao.commands.fake_whatsapp import FakeWhatsApp, known_to_bridge
from esquadrao.commands.own_redis import OwnRedis, own_redis
from esquadrao.commands.supervisor import Supervisor

READY_WITHIN = 90.0  # s; a slow machine's first start takes about 10
REFUSED = 4  # exit code
OWNER = "ana@alfa.example"
DEMO_PASSWORD = "ESQUADRAO_DEMO_PASSWORD"  # noqa: S105  # the name of the variable


class StartError(Exception):
    """The start cannot go on; the sentence says why."""


def main(arguments: list[str]) -> int:
    os.chdir(ROOT)
    try:
        folder = state_folder()
        wanted = wanted_port()
        redis = None if os.environ.get("REDIS_URL") else own_redis(folder)
        url = redis.url if redis else os.environ["REDIS_URL"]
        if arguments and arguments[0] != "--until-ready":
            env = environment(folder, port=wanted, redis_url=url)
            os.execvpe(arguments[0], arguments, env)  # noqa: S606  # the person's own command
        with _alone(folder) as lock:
            port = free_port(wanted)
            if port != wanted:
                say("dev", f"port {wanted} is taken, using {port}")
            lock.write(str(port))
            lock.flush()
            env = environment(folder, port=port, redis_url=url)
            return asyncio.run(_run(env, redis, folder, until_ready=bool(arguments)))
    except (StartError, LookupError, ValueError, OSError) as error:
        say("dev", str(error))
        return REFUSED if isinstance(error, StartError) else 1


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[TextIO]:
    """One supervisor a state folder: two would share an SQLite file, a Redis and a ledger."""
    with (folder / "dev.lock").open("a+", encoding="ascii") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.seek(0)
            raise StartError(
                f"already running from this folder: http://127.0.0.1:{lock.read()}"
            ) from None
        lock.truncate(0)
        yield lock


async def _run(
    env: dict[str, str], redis: OwnRedis | None, folder: Path, *, until_ready: bool
) -> int:
    supervisor = Supervisor(say=say)
    told = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, told.set)
    starting = asyncio.create_task(_start(supervisor, env, redis, folder))
    waiting = asyncio.create_task(told.wait())
    await asyncio.wait({starting, waiting}, return_when=asyncio.FIRST_COMPLETED)
    code = 0
    if starting.done():
        try:
            await starting
        except (StartError, LookupError) as error:
            say("dev", str(error))
            code = 1
        else:
            if not until_ready:
                await waiting
    say("dev", "stopping")
    waiting.cancel()
    # The stop first: it ends the command that the start may be waiting for.
    await supervisor.stop()
    starting.cancel()
    await asyncio.gather(starting, waiting, return_exceptions=True)
    if redis:
        redis.forget_socket()
    say("dev", "stopped")
    return code


async def _start(
    supervisor: Supervisor, env: dict[str, str], redis: OwnRedis | None, folder: Path
) -> None:
    if redis:
        redis.socket.unlink(missing_ok=True)
        supervisor.keep("redis", redis.command, env, last=True)
        await _until(redis.socket.exists, "Redis did not start; its lines above say why")
    code, _ = await supervisor.run_once("migrate", "esquadrao migrate", env)
    if code != 0:
        raise StartError("the database could not be brought up to date; the lines above say why")
    sign_in = await _demo(supervisor, env)
    if supervisor.stopping.is_set():
        return
    phone = ""
    if env["WHATSAPP"] == "fake":
        fake = FakeWhatsApp()
        fake.keep(supervisor, env, folder=folder)
        told = await fake.told()
        env, phone = env | known_to_bridge(told), told["admin"]
    for name, command in processes().items():
        supervisor.keep(name, command, env)
    await _until(lambda: _ready(env["PORT"]), "/readyz did not answer 200; the lines above say why")
    say("dev", f"Esquadrão is ready: {env['BASE_URL']}")
    say("dev", sign_in)
    if phone:
        say("dev", f"the phones of the fake WhatsApp, to scan, read and answer: {phone}")
    say("dev", "Ctrl-C stops everything; the data stays in var/")


async def _demo(supervisor: Supervisor, env: dict[str, str]) -> str:
    """Demo data, once. Returns the line that says how to sign in; the password is kept nowhere in clear."""
    # The demo's people have random numbers, so its companies cannot be paired with the real WhatsApp.
    if os.environ.get("ESQUADRAO_DEMO") == "0" or env["WHATSAPP"] == "real":
        return "no demo data: the first page creates your company"
    given = os.environ.get(DEMO_PASSWORD)
    password = given or secrets.token_urlsafe(12)
    code, said = await supervisor.run_once(
        "demo",
        "esquadrao demo --json" + (" --set-password" if given else ""),
        {**env, DEMO_PASSWORD: password},
        keep_output=True,
    )
    answer = next((line for line in said.splitlines() if line.startswith("{")), None)
    if code != 0 or answer is None:
        say("demo", said)
        raise StartError("the demo data could not be created; the lines above say why")
    if given:
        return f"sign in as {OWNER} with the password of {DEMO_PASSWORD}"
    if json.loads(answer)["created"]:
        return f"sign in as {OWNER} with the password {password} (shown this once)"
    return f"sign in as {OWNER} with the password shown at the first start (lost: {DEMO_PASSWORD}=… make run sets it)"


async def _until(good: Callable[[], bool], otherwise: str) -> None:
    deadline = asyncio.get_running_loop().time() + READY_WITHIN
    while asyncio.get_running_loop().time() < deadline:
        if await asyncio.to_thread(good):
            return
        await asyncio.sleep(0.1)
    raise StartError(otherwise)


def _ready(port: str) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=2.0) as answer:
            return bool(answer.status == HTTPStatus.OK)
    except (OSError, urllib.error.URLError):
        return False


def say(name: str, line: str, *, out: TextIO = sys.stdout) -> None:
    # Whoever read the lines may have gone (make run | head): the processes still need an orderly stop.
    with contextlib.suppress(OSError):
        out.write(f"{name:<8}| {line}\n")
        out.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
