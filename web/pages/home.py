"""/ : what needs you first, then what is in motion, then figures."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from esquadrao.campaigns.overview import overview
from esquadrao.campaigns.wording import pause_sentence
from esquadrao.channels.wording import words_for
from esquadrao.companies.sessions import SignedIn
from web.rendering import page


async def show(request: Request, me: SignedIn) -> Response:
    seen = await overview(me.company, me.user)
    topics = [f"campaign-{one.id}" for one in seen.moving + seen.paused]
    topics += [f"channel-{one.id}" for one in seen.channels[:20]]
    return page(
        request,
        "home/show.html",
        block="body",
        topics=topics,
        seen=seen,
        words_for=words_for,
        pause_sentence=pause_sentence,
    )
