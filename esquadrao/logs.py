"""Structured logs on stdout: JSON for machines, lines for people. Never a body, a token, a QR or a whole phone."""

from __future__ import annotations

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

from esquadrao.masking import masked
from esquadrao.sentry import tell_logged
from esquadrao.settings import settings


def configure_logs(process: str) -> None:
    """Once a process, before it logs; `process` is its name in the Procfile."""
    level = logging.getLevelNamesMapping()[settings().log_level.upper()]
    is_json = settings().log_format == "json"
    structlog.configure(
        processors=steps(is_json=is_json),
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
    mask_libraries()


def steps(*, is_json: bool) -> list[Any]:
    """What becomes of an entry, in this order: Sentry needs the error itself, the mask needs its trace as text."""
    if is_json:
        written: Any = structlog.processors.JSONRenderer(ensure_ascii=False)
    else:
        # Said to be plain, or it warns that a trace is formatted already.
        plain = structlog.dev.plain_traceback
        written = structlog.dev.ConsoleRenderer(
            colors=sys.stdout.isatty(), exception_formatter=plain
        )
    return [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        tell_logged,
        # A plain trace: the pretty one prints local variables, and with them passwords and tokens.
        structlog.processors.format_exc_info,
        mask_phones,
        written,
    ]


def mask_phones(
    _logger: Any, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Whatever its key: a phone comes as a field, in an error's words, in a trace."""
    return {key: masked(value) for key, value in event.items()}


def mask_libraries() -> None:
    """Every handler there is, uvicorn's and dramatiq's among them: addresses and traces go through them."""
    loggers = [logging.getLogger(), *logging.getLogger().manager.loggerDict.values()]
    for logger in loggers:
        for handler in getattr(logger, "handlers", []):
            if not isinstance(handler.formatter, Masked):
                handler.setFormatter(Masked(handler.formatter or logging.Formatter()))


class Masked(logging.Formatter):
    """A formatter's lines without whole phones."""

    def __init__(self, inner: logging.Formatter) -> None:
        super().__init__()
        self._inner = inner

    def format(self, record: logging.LogRecord) -> str:
        return str(masked(self._inner.format(record)))
