"""One stream of live events a page: names and ids; the page fetches what changed with its own rights.

`GET /live?topics=channel-<id>,campaign-<id>`. Each topic is checked for Company and Role, again each minute. A
connection begins with every topic, so that nothing missed stays stale; so does a gap in Redis.

The page of one Campaign also gets its counters by the stream (`figures-<id>`), since many may have it open: they come
from one read a process, and the more pages are open, the rarer each is told to fetch the rest.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID

from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.requests import Request
from starlette.responses import Response

from esquadrao.campaigns.models import Campaign
from esquadrao.channels.models import Channel
from esquadrao.companies import sessions
from esquadrao.companies.access import Permission, require
from esquadrao.companies.sessions import SignedIn
from esquadrao.contacts.models import Contact, ContactImport
from esquadrao.errors import EsquadraoError, NotFound, OverLimit
from esquadrao.gateways import live
from esquadrao.signals import Subject
from esquadrao.tenancy import CompanyRow
from esquadrao.words import N_
from web.auth import cookie_name
from web.figures import figures

PING = 15  # s; proxies close what is silent for longer
CHECKED_EACH = 60.0  # s between two looks at session and rights
STREAMS_A_USER = 10
TOPICS_A_PAGE = 60  # a page of rows in motion
PAUSE = 0.25  # s between two sends of a stream: at most 4 a second, and the last of a burst is never lost
A_FETCH = 0.1  # s between two fetches that open pages share: 200 ask 10 times a second, in turns
FEW_PAGES = 10  # whose fetches delay nobody
SLOWEST = 30.0  # s until a page is told to fetch the rest
TURNS = random.Random()  # noqa: S311  # whose turn it is, no secret
COMES_BACK = 1000  # ms the browser waits before it connects again

ROWS: dict[Subject, tuple[type[CompanyRow], Permission]] = {
    Subject.CAMPAIGN: (Campaign, Permission.CAMPAIGNS_SEE),
    Subject.CHANNEL: (Channel, Permission.CHANNELS_SEE),
    Subject.CONTACT: (Contact, Permission.CONTACTS_READ),
    Subject.IMPORT: (ContactImport, Permission.CONTACTS_IMPORT),
}
_open: Counter[UUID] = Counter()


async def stream(request: Request, me: SignedIn) -> Response:
    topics = tuple(dict.fromkeys(filter(None, request.query_params.get("topics", "").split(","))))
    await check(me, topics)
    if _open[me.user.id] >= STREAMS_A_USER:
        raise OverLimit(
            N_("Muitas páginas abertas ao mesmo tempo."), retry_after=timedelta(seconds=60)
        )
    token = request.cookies.get(cookie_name(), "")
    return EventSourceResponse(
        _events(me, token, topics), ping=PING, headers={"Cache-Control": "no-store"}
    )


async def check(me: SignedIn, topics: tuple[str, ...]) -> None:
    """Raises NotFound for a topic that is not this Company's, alike for one that never was; Forbidden by Role."""
    if not topics or len(topics) > TOPICS_A_PAGE:
        raise NotFound
    wanted: dict[Subject, set[UUID]] = {}
    for topic in topics:
        subject, _, row_id = topic.partition("-")
        try:
            wanted.setdefault(Subject(subject), set()).add(UUID(row_id))
        except ValueError:
            raise NotFound from None
    for subject, ids in wanted.items():
        model, permission = ROWS[subject]
        require(me.user, permission)
        if await model.of(me.company).filter(id__in=ids).count() != len(ids):
            raise NotFound


async def _events(
    me: SignedIn, token: str, topics: tuple[str, ...]
) -> AsyncIterator[ServerSentEvent]:
    _open[me.user.id] += 1
    try:
        async with live.listen(me.company.id) as heard:
            for topic in topics:
                yield _event(topic)
            loop = asyncio.get_running_loop()
            check_at = loop.time() + CHECKED_EACH
            fetch_at, stale = loop.time() + _turn(), set[str]()
            while True:
                until = min(check_at, fetch_at) if stale else check_at
                names = await _next(heard, until=until - loop.time())
                changed = [topic for topic in topics if topic in names or live.GAP in names]
                stale.update(changed)
                if changed and (campaign_id := _only_campaign(topics)):
                    yield await _figures(me, campaign_id)
                if loop.time() >= fetch_at:
                    for topic in [one for one in topics if one in stale]:
                        yield _event(topic)
                    fetch_at, stale = loop.time() + _turn(), set()
                if loop.time() >= check_at:
                    if not await _may_stay(token, topics):
                        return
                    check_at = loop.time() + CHECKED_EACH
                await asyncio.sleep(PAUSE)
    finally:
        _open[me.user.id] -= 1
        if not _open[me.user.id]:
            del _open[me.user.id]


async def _next(heard: Any, *, until: float) -> set[str]:
    """The names waiting for us, each once: a burst is one event. Empty when it is time to check."""
    try:
        names = {(await asyncio.wait_for(heard.get(), max(until, 0.0))).message}
    except TimeoutError:
        return set()
    while not heard._queue.empty():  # noqa: SLF001  # broadcaster has no way to take what is there already
        names.add((await heard.get()).message)
    return names


async def _may_stay(token: str, topics: tuple[str, ...]) -> bool:
    me = await sessions.find(token, is_activity=False)
    if me is None:
        return False
    try:
        await check(me, topics)
    except EsquadraoError:
        return False
    return True


def _turn() -> float:
    """Seconds until this page may be told to fetch again: at once where few are open."""
    pages = _open.total()
    if pages <= FEW_PAGES:
        return 0.0
    return min(SLOWEST, TURNS.uniform(0.5, 1.5) * pages * A_FETCH)


def _only_campaign(topics: tuple[str, ...]) -> UUID | None:
    """The Campaign of a page that shows one and nothing else."""
    subject, _, row_id = topics[0].partition("-")
    return UUID(row_id) if len(topics) == 1 and subject == Subject.CAMPAIGN else None


async def _figures(me: SignedIn, campaign_id: UUID) -> ServerSentEvent:
    text = await figures(me.company.id, campaign_id)
    return ServerSentEvent(data=text, event=f"figures-{campaign_id}", retry=COMES_BACK)


def _event(topic: str) -> ServerSentEvent:
    return ServerSentEvent(data=topic.partition("-")[2], event=topic, retry=COMES_BACK)
