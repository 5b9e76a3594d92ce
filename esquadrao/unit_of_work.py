"""One transaction; what it promised to the outside leaves after the commit, and is dropped when it fails."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

import structlog
from tortoise.transactions import in_transaction

from esquadrao import failpoints
from esquadrao.gateways import live, queue
from esquadrao.jobs import Job
from esquadrao.signals import Signal

log = structlog.get_logger()


@dataclass(slots=True)
class Work:
    """What leaves after the commit. The same job or signal asked for twice leaves once."""

    jobs: dict[Job, None] = field(default_factory=dict)
    signals: dict[Signal, None] = field(default_factory=dict)
    after: list[Callable[[], Awaitable[None]]] = field(default_factory=list)

    def enqueue(self, job: Job) -> None:
        self.jobs[job] = None

    def signal(self, signal: Signal) -> None:
        self.signals[signal] = None

    def after_commit(self, effect: Callable[[], Awaitable[None]]) -> None:
        """An effect outside the database (a stream write); the sweeper must find its row if it is lost."""
        self.after.append(effect)


_open: ContextVar[Work | None] = ContextVar("open_unit_of_work", default=None)


@asynccontextmanager
async def unit_of_work(stage: str = "") -> AsyncIterator[Work]:
    """Open a transaction, or join the one this task already holds: the outermost commits and lets the effects out.

    `stage` names it among the fail points (`failpoints.STAGES`); it changes nothing else.
    """
    joined = _open.get()
    if joined is not None:
        yield joined
        return
    work = Work()
    token = _open.set(work)
    try:
        async with in_transaction():
            failpoints.reach(stage, "begun")
            yield work
            failpoints.reach(stage, "changed")
    finally:
        _open.reset(token)
    failpoints.reach(stage, "committed")
    await _leave(work, stage)
    failpoints.reach(stage, "told")


async def _leave(work: Work, stage: str) -> None:
    """After the commit nothing may fail the caller: what is lost here is a hint, and the sweeper rings again."""
    for effect in work.after:
        try:
            await effect()
        except Exception:
            log.exception("after_commit_lost", effect=getattr(effect, "__qualname__", repr(effect)))
    failpoints.reach(stage, "handed")
    try:
        await queue.enqueue_many(list(work.jobs))
        await live.publish_many(list(work.signals))
    except Exception as error:  # noqa: BLE001  # Redis away: the database holds the truth
        log.warning("hints_lost", jobs=len(work.jobs), signals=len(work.signals), error=repr(error))
