"""People with pages open, over real HTTP: a page with its time, and a stream of live events."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from esquadrao.commands.development import free_port
from esquadrao.companies import sessions
from esquadrao.companies.models import User
from tests.bench.processes import running, until
from web.auth import cookie_name

FIRST_PORT = 18_000
STARTS_WITHIN = 30.0  # s


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody signed in, at the address of the web process."""

    port: int
    cookie: str

    async def get(self, path: str, *, fragment: bool = False) -> tuple[str, float]:
        """The page's text and the seconds until its last byte. Raises RuntimeError for another answer than 200."""
        started = time.perf_counter()
        reader, writer = await self._ask(path, "hx-request: true\r\n" if fragment else "")
        try:
            answer = await reader.read()
        finally:
            writer.close()
        took = time.perf_counter() - started
        if not answer.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(f"{path}: {answer[:60]!r}")
        return answer.decode(), took

    async def listen(self, topic: str) -> AsyncIterator[tuple[str, str]]:
        """(name, data) of the events of one page's stream, until it ends."""
        reader, writer = await self._ask(f"/live?topics={topic}", "accept: text/event-stream\r\n")
        name = ""
        data: list[str] = []
        try:
            while raw := await reader.readline():
                word, _, rest = raw.decode().rstrip("\r\n").partition(": ")
                if word == "event":
                    name, data = rest, []
                elif word == "data":
                    data.append(rest)
                elif word == "" and name:
                    yield name, "\n".join(data)
                    name = ""
        finally:
            writer.close()

    async def _ask(self, path: str, more: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port, limit=1 << 22)
        writer.write(
            f"GET {path} HTTP/1.1\r\nhost: 127.0.0.1:{self.port}\r\ncookie: {self.cookie}\r\n"
            f"{more}connection: close\r\n\r\n".encode()
        )
        return reader, writer


@asynccontextmanager
async def web() -> AsyncIterator[int]:
    """The web process of the Procfile; gives its port."""
    port = free_port(FIRST_PORT)
    os.environ |= {"HOST": "127.0.0.1", "PORT": str(port)}
    async with running("web"):
        await until(lambda: _answers(port), "the web process", within=STARTS_WITHIN)
        yield port


async def signed_in(user: User, port: int) -> Visitor:
    token = await sessions.open_session(user, device="bench")
    return Visitor(port, f"{cookie_name()}={token}")


async def _answers(port: int) -> bool:
    try:
        await Visitor(port, "").get("/healthz")
    except (OSError, RuntimeError):
        return False
    return True
