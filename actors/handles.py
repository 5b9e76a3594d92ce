"""`@handles(Job)`: an actor under the job's wire name; a known failure is a reason in the log, no retry."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import dramatiq
import structlog

from esquadrao.errors import EsquadraoError
from esquadrao.gateways import queue
from esquadrao.jobs import Job

log = structlog.get_logger()
URGENT, ORDINARY = 0, 10  # Dramatiq: the lower goes first
J = TypeVar("J", bound=Job)


def handles(
    job_type: type[J],
) -> Callable[[Callable[[J], Awaitable[object]]], dramatiq.Actor[..., Any]]:
    """Declare the one actor of a job. What is worth another try is raised; the rest is logged and dropped."""

    def declare(work: Callable[[J], Awaitable[object]]) -> dramatiq.Actor[..., Any]:
        async def actor(**data: Any) -> None:
            job = job_type.from_wire(data)
            await asyncio.to_thread(queue.answered, job)
            try:
                await work(job)
            except EsquadraoError as error:
                if not error.permanent:
                    raise
                log.warning("job_refused", job=job.wire_name, code=error.code)

        actor.__name__ = actor.__qualname__ = work.__name__
        actor.__doc__ = work.__doc__
        return dramatiq.actor(
            actor_name=job_type.wire_name,
            queue_name=job_type.queue,
            priority=URGENT if job_type.is_urgent else ORDINARY,
        )(actor)

    return declare
