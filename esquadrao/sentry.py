"""Errors to Sentry, where an operator gave a DSN: what nobody foresaw, without personal data."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any

import sentry_sdk

from esquadrao.errors import EsquadraoError
from esquadrao.settings import settings


def watch_errors(process: str) -> None:
    """Once a process. Does nothing without SENTRY_DSN."""
    if not settings().sentry_dsn:
        return
    sentry_sdk.init(
        dsn=settings().sentry_dsn,
        environment=settings().sentry_environment or settings().app_env,
        release=settings().sentry_release or None,
        include_local_variables=False,  # they hold phones, texts and tokens
        max_request_body_size="never",
        before_send=only_the_unforeseen,
    )
    sentry_sdk.set_tag("process", process)


def tell_logged(
    _logger: Any, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """A step of the log: what is logged with its traceback and gone past is a fault all the same."""
    if event.get("exc_info"):
        sentry_sdk.capture_exception()
    return event


def only_the_unforeseen(event: Any, hint: dict[str, Any]) -> Any | None:
    """A failure the domain names is an answer to somebody, not a fault of ours."""
    error = (hint.get("exc_info") or (None, None, None))[1]
    return None if isinstance(error, EsquadraoError) else event
