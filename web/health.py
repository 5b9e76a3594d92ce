"""Is the process alive, and should it get traffic. Neither asks who is there."""

from __future__ import annotations

import time

from redis.exceptions import RedisError
from sse_starlette.sse import AppStatus
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from esquadrao.database import is_reachable
from esquadrao.gateways.redis_client import async_client
from esquadrao.schema_age import is_schema_current
from esquadrao.settings import settings

KEPT = 2.0  # s; a burst of probes asks the database once


class Readiness:
    """Ready once the database answers and Redis was reached since the start; a later loss of Redis is no reason to
    take pages away.
    """

    def __init__(self) -> None:
        self._redis_was_there = False
        self._is_schema_current = (
            False  # once true it stays: nothing migrates back below a running process
        )
        self._asked_at = -KEPT
        self._why = ""

    async def missing(self) -> str:
        """What keeps this process from serving; empty when nothing does."""
        if AppStatus.should_exit:  # uvicorn heard SIGTERM
            return "stopping"
        if time.monotonic() - self._asked_at >= KEPT or self._why:
            self._why = await self._ask()
            self._asked_at = time.monotonic()
        return self._why

    async def _ask(self) -> str:
        if not await is_reachable():
            return "database"
        self._is_schema_current = self._is_schema_current or await is_schema_current()
        if not self._is_schema_current:
            return "schema"
        if not self._redis_was_there:
            client = async_client(settings().redis_url)
            try:
                await client.ping()
                self._redis_was_there = True
            except (RedisError, OSError):
                return "redis"
            finally:
                await client.aclose()
        return ""


async def healthz(_request: Request) -> Response:
    return PlainTextResponse("ok", headers={"Cache-Control": "no-store"})


async def readyz(request: Request) -> Response:
    why = await request.app.state.readiness.missing()
    return PlainTextResponse(
        why or "ok", 503 if why else 200, headers={"Cache-Control": "no-store"}
    )
