"""A program that uses the API: its documents are the operation files, its token a real one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import uvicorn
from starlette.applications import Starlette

from esquadrao.companies import tokens
from esquadrao.companies.models import User
from esquadrao.gateways import live
from esquadrao_graphql.asgi import graphql_routes

OPERATIONS = Path(__file__).parents[1] / "graphql" / "operations"
HOST = "127.0.0.1"


def operation(name: str) -> str:
    """The document of an operation file."""
    return next(OPERATIONS.glob(f"*/{name}.graphql")).read_text(encoding="utf-8")


class Program(httpx2.AsyncClient):
    """A caller of the API, in the process of the test."""

    token = ""

    async def call_as(self, user: User, **options: Any) -> Program:
        self.token = (await tokens.issue(user, **options)).token
        self.headers["authorization"] = f"Bearer {self.token}"
        return self

    async def send_query(
        self, query: str, variables: dict[str, Any] | None = None, **options: Any
    ) -> httpx2.Response:
        return await self.post("/graphql", json={"query": query, "variables": variables}, **options)

    async def ask(self, query: str, **variables: Any) -> dict[str, Any]:
        """The whole body of the answer."""
        answer = await self.send_query(query, variables)
        body: dict[str, Any] = answer.json()
        return body

    async def run(self, name: str, **variables: Any) -> Any:
        """The data of an operation file, which must not be at fault."""
        body = await self.ask(operation(name), **variables)
        assert "errors" not in body, body["errors"]
        return next(iter(body["data"].values()))


@asynccontextmanager
async def program() -> AsyncIterator[Program]:
    app = Starlette(routes=graphql_routes())
    transport = httpx2.ASGITransport(app=app, raise_app_exceptions=True)
    async with Program(transport=transport, base_url=f"http://{HOST}") as made:
        yield made


@asynccontextmanager
async def serving() -> AsyncIterator[str]:
    """A real server on a port of its own, in this loop, which owns the database; gives `127.0.0.1:port`."""
    config = uvicorn.Config(
        Starlette(routes=graphql_routes()),
        host=HOST,
        port=0,
        lifespan="off",
        log_config=None,
        ws="websockets-sansio",
    )
    server = uvicorn.Server(config)
    server.install_signal_handlers = lambda: None  # type: ignore[attr-defined]
    await live.open_hub()
    running = asyncio.create_task(server.serve())
    try:
        while not server.started:  # noqa: ASYNC110  # uvicorn has no event for it
            await asyncio.sleep(0)
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"{HOST}:{port}"
    finally:
        server.should_exit = True
        await running
        await live.close()
