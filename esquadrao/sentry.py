"""Errors to Sentry, where an operator gave a DSN: what nobody foresaw, without personal data."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any

import sentry_sdk

from esquadrao.errors import EsquadraoError
from esquadrao.masking import masked
from esquadrao.settings import settings

# Where an event holds words of ours, of a library or of whoever asked; the rest are ids, names and versions.
WORDS = (
    "breadcrumbs",
    "exception",
    "extra",
    "logentry",
    "message",
    "request",
    "threads",
    "transaction",
)


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
        before_send=before_send,
    )
    sentry_sdk.set_tag("process", process)


def tell_logged(
    _logger: Any, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """A step of the log: what is logged with its traceback and gone past is a fault all the same."""
    if event.get("exc_info"):
        sentry_sdk.capture_exception()
    return event


def before_send(event: Any, hint: dict[str, Any]) -> Any | None:
    """A failure the domain names is an answer to somebody, not a fault of ours. What leaves names no phone."""
    error = (hint.get("exc_info") or (None, None, None))[1]
    if isinstance(error, EsquadraoError):
        return None
    return {**event, **{part: masked(event[part]) for part in WORDS if part in event}}
