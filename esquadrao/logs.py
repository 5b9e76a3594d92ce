"""Structured logs on stdout: JSON for machines, lines for people. Never a body, a token, a QR or a whole phone."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

from esquadrao.sentry import tell_logged
from esquadrao.settings import settings

PHONE = re.compile(r"\+?\d{8,13}(?=\d{4}\b)")


def configure_logs(process: str) -> None:
    """Once a process, before it logs; `process` is its name in the Procfile."""
    level = logging.getLevelNamesMapping()[settings().log_level.upper()]
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        tell_logged,
        mask_phones,
    ]
    if settings().log_format == "json":
        written: list[Any] = [
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ]
    else:
        # A plain trace: the pretty one prints local variables, and with them passwords and tokens.
        plain = structlog.dev.plain_traceback
        written = [
            structlog.dev.ConsoleRenderer(colors=sys.stdout.isatty(), exception_formatter=plain)
        ]
    structlog.configure(
        processors=[*shared, *written],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(),
    )
    structlog.contextvars.bind_contextvars(process=process)
    # Libraries log through the standard module; at info they tell of each job and each request.
    logging.basicConfig(
        level=max(level, logging.WARNING),
        stream=sys.stdout,
        format="%(levelname)s %(name)s %(message)s",
    )


def mask_phones(
    _logger: Any, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """`+5511987654321` → `***4321`: enough to find a row with its owner, not enough to write to it."""
    for key, value in event.items():
        if key in {"phone", "to"} and isinstance(value, str):
            event[key] = PHONE.sub("***", value)
    return event
