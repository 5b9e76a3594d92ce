"""/sending-rules: what the Company decides for all its Campaigns."""

from __future__ import annotations

from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import Response

from esquadrao.campaigns import wording
from esquadrao.campaigns.rules import LONGEST_REST, LOOSEST, REPLY_DAYS, choose_rules
from esquadrao.companies.access import Permission, require
from esquadrao.companies.sessions import SignedIn
from esquadrao.errors import Invalid
from web.forms import Form, filled, read_form
from web.i18n import _
from web.rendering import go, page


async def edit(request: Request, me: SignedIn) -> Response:
    require(me.user, Permission.COMPANY_DATA)
    stored = {
        "unknown_policy": me.company.unknown_policy,
        "cool_down_days": me.company.cool_down_days,
        **{name: getattr(me.company, name) for name in LOOSEST},
        "reply_days": me.company.reply_days,
    }
    return _form(request, filled(stored))


async def update(request: Request, me: SignedIn) -> Response:
    form = await read_form(request)
    try:
        await choose_rules(
            me.company,
            me.user,
            {
                "unknown_policy": form.text("unknown_policy"),
                "cool_down_days": form.number("cool_down_days"),
                "reply_days": form.number("reply_days"),
                "most_failed": form.number("most_failed"),
                "most_opt_outs": form.number("most_opt_outs"),
                "most_undelivered": form.number("most_undelivered"),
                "most_minutes_away": form.number("most_minutes_away"),
            },
        )
    except Invalid as wrong:
        return _form(request, form.refuse(wrong), status=HTTPStatus.UNPROCESSABLE_ENTITY)
    toast = _("Regras salvas. O descanso vale para as próximas campanhas; as proteções, já.")
    return go(request, "/campaigns", toast=toast)


def _form(request: Request, form: Form, *, status: int = HTTPStatus.OK) -> Response:
    return page(
        request,
        "sending_rules/edit.html",
        status=status,
        form=form,
        policies=[(one.value, _(label)) for one, label in wording.UNKNOWN_POLICIES.items()],
        most=LONGEST_REST,
        loosest=LOOSEST,
        reply_days=REPLY_DAYS,
    )
