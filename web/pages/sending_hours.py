"""/sending-hours: when the Company's Campaigns send, day by day, and on which days never."""

from __future__ import annotations

from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import Response

from esquadrao.channels.choose_hours import ZONES, Week, choose_hours, own_as_typed
from esquadrao.channels.hours import STATES, Window, read_week
from esquadrao.companies.access import Permission, require
from esquadrao.companies.models import Company
from esquadrao.companies.sessions import SignedIn
from esquadrao.errors import Invalid
from esquadrao.words import N_
from web.forms import Form, filled, read_form
from web.i18n import _
from web.rendering import go, page

DAYS = (
    N_("Segunda-feira"),
    N_("Terça-feira"),
    N_("Quarta-feira"),
    N_("Quinta-feira"),
    N_("Sexta-feira"),
    N_("Sábado"),
    N_("Domingo"),
)


async def edit(request: Request, me: SignedIn) -> Response:
    require(me.user, Permission.COMPANY_DATA)
    company = me.company
    values: dict[str, object] = {
        "zone": company.timezone,
        "state": company.holiday_state,
        "has_optional": "yes" if company.has_optional_holidays else "",
        "own": own_as_typed(company.own_holidays),
    }
    for number, window in enumerate(_week_of(company)):
        start, end = window or (None, None)
        values |= {f"from{number}": _clock(start), f"until{number}": _clock(end)}
    return _form(request, me, filled(values))


async def update(request: Request, me: SignedIn) -> Response:
    form = await read_form(request)
    wanted = Week(
        days=[(form.text(f"from{day}"), form.text(f"until{day}")) for day in range(len(DAYS))],
        zone=form.text("zone"),
        state=form.text("state"),
        has_optional=form.text("has_optional") == "yes",
        own=form.text("own"),
    )
    try:
        await choose_hours(me.company, me.user, wanted)
    except Invalid as error:
        form.refuse(error)
        return _form(request, me, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    return go(request, "/channels", toast=_("Horários salvos. Valem a partir do próximo envio."))


def _week_of(company: Company) -> tuple[Window, ...]:
    """Where it cannot be read, the week of a Company that never chose: here is where it is mended."""
    try:
        return read_week(company.sending_week)
    except ValueError:
        return read_week("")


def _clock(minutes: int | None) -> str:
    return "" if minutes is None else f"{minutes // 60:02}:{minutes % 60:02}"


def _form(request: Request, me: SignedIn, form: Form, *, status: int = HTTPStatus.OK) -> Response:
    zones = [(zone, _(name)) for zone, name in ZONES.items()]
    if me.company.timezone not in ZONES:
        zones.append((me.company.timezone, me.company.timezone))
    return page(
        request,
        "sending_hours/edit.html",
        status=status,
        form=form,
        days=list(enumerate(DAYS)),
        zones=zones,
        states=[(one, one) for one in STATES],
    )
