"""/channels and what is asked of one: create, connect, stop, log out, remove."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import Response

from esquadrao.channels import pace_wording, pair, proxy, reading, wording
from esquadrao.channels.models import Channel
from esquadrao.channels.today import today_of
from esquadrao.companies.access import Permission, can, require
from esquadrao.companies.sessions import SignedIn
from esquadrao.database import db_now
from esquadrao.errors import Invalid
from esquadrao.messages.why import why
from web import relative
from web.auth import id_of
from web.forms import Form, read_form
from web.i18n import _
from web.rendering import go, page, say, whole


async def index(request: Request, me: SignedIn) -> Response:
    channels = await reading.all_of(me.company, me.user)
    topics = [topic_of(one) for one in channels][:60]
    return page(request, "channels/index.html", topics=topics, channels=channels, wording=wording)


async def new(request: Request, me: SignedIn) -> Response:
    require(me.user, Permission.CHANNELS_PAIR)
    return page(request, "channels/new.html", form=Form(), history=_history())


async def create(request: Request, me: SignedIn) -> Response:
    """The next step is the code, so that is where a new Channel leads."""
    form = await read_form(request)
    try:
        days = form.number("history_days") or 0
        channel = await pair.create(me.company, me.user, name=form.text("name"), history_days=days)
    except Invalid as error:
        form.refuse(error)
        status = HTTPStatus.UNPROCESSABLE_ENTITY
        return page(request, "channels/new.html", status=status, form=form, history=_history())
    if not pair.is_barred(me.company):  # the page says why
        await pair.start(me.company, me.user, channel.id)
    return go(request, f"/channels/{channel.id}/pairing")


async def show(request: Request, me: SignedIn) -> Response:
    channel = await reading.one_of(me.company, me.user, id_of(request))
    moment = await db_now()
    return page(
        request,
        "channels/show.html",
        block="state",
        topics=[topic_of(channel)],
        channel=channel,
        today=today_of(me.company, channel, moment),
        wait=await why(me.company, channel, moment) if channel.is_connected else None,
        quota_until=_still(channel.quota_until, moment),
        wording=wording,
        pace_wording=pace_wording,
        proxy_shown=proxy.masked(channel)
        if can(me.user, Permission.CHANNELS_PAIR)
        else _("em uso"),
        relative=relative,
    )


def _history() -> list[tuple[int, str]]:
    said = {0: _("Não trazer"), 7: _("Últimos 7 dias"), 30: _("Últimos 30 dias")}
    return [(days, said.get(days) or _("Últimos 90 dias")) for days in pair.HISTORY_DAYS]


def _still(until: datetime | None, moment: datetime) -> datetime | None:
    return until if until is not None and until > moment else None


async def card(request: Request, me: SignedIn) -> Response:
    """One card of the list, for its live update."""
    channel = await reading.one_of(me.company, me.user, id_of(request))
    return whole(request, "channels/_card.html", channel=channel, wording=wording)


async def start(request: Request, me: SignedIn) -> Response:
    channel = await pair.start(me.company, me.user, id_of(request))
    here = f"/channels/{channel.id}"
    if channel.phone:
        return say(request, _("Conectando {name}…", name=channel.name), otherwise=here)
    return go(request, f"{here}/pairing")


async def stop(request: Request, me: SignedIn) -> Response:
    channel = await pair.stop(me.company, me.user, id_of(request))
    said = _("Parando {name}…", name=channel.name)
    return say(request, said, otherwise=f"/channels/{channel.id}")


async def confirm_log_out(request: Request, me: SignedIn) -> Response:
    require(me.user, Permission.CHANNELS_PAIR)
    channel = await reading.one_of(me.company, me.user, id_of(request))
    return page(request, "channels/log_out.html", channel=channel)


async def log_out(request: Request, me: SignedIn) -> Response:
    channel = await pair.log_out(me.company, me.user, id_of(request))
    return go(
        request, f"/channels/{channel.id}", toast=_("Desconectando {name}…", name=channel.name)
    )


async def confirm_removal(request: Request, me: SignedIn) -> Response:
    require(me.user, Permission.CHANNELS_PAIR)
    channel = await reading.one_of(me.company, me.user, id_of(request))
    return page(request, "channels/removal.html", channel=channel)


async def remove(request: Request, me: SignedIn) -> Response:
    channel = await reading.one_of(me.company, me.user, id_of(request))
    await pair.remove(me.company, me.user, channel.id)
    return go(request, "/channels", toast=_("{name} foi excluída.", name=channel.name))


def topic_of(channel: Channel) -> str:
    return f"channel-{channel.id}"
