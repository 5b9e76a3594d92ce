"""`uvicorn web.app:create_app --factory`: the whole web process. Outermost first: frame, last resort, hosts, limits."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware

from esquadrao.database import database
from esquadrao.errors import EsquadraoError
from esquadrao.gateways import bridge, live
from esquadrao.logs import configure_logs
from esquadrao.sentry import watch_errors
from esquadrao.settings import settings
from esquadrao_graphql.asgi import graphql_routes
from web.errors import LastResort, domain_error, http_error
from web.frame import Frame
from web.health import Readiness
from web.limits import BodyLimit
from web.routes import routes


@asynccontextmanager
async def opened(_app: Starlette) -> AsyncIterator[None]:
    async with database():
        await live.open_hub()
        try:
            yield
        finally:
            await live.close()
            await bridge.close()


def create_app() -> Starlette:
    configure_logs("web")
    watch_errors("web")
    hosts = (
        [*settings().hosts, "127.0.0.1", "localhost"]
        if not settings().is_secure
        else [*settings().hosts]
    )
    app = Starlette(
        routes=[*graphql_routes(), *routes()],
        lifespan=opened,
        middleware=[
            Middleware(Frame),
            Middleware(LastResort),
            Middleware(TrustedHostMiddleware, allowed_hosts=hosts, www_redirect=False),
            Middleware(BodyLimit),
        ],
        exception_handlers={EsquadraoError: domain_error, HTTPException: http_error},
    )
    app.state.readiness = Readiness()
    return app
