"""POST /campaigns/{id}/unknown, /unknown-policy, /retries: what a person makes of what did not arrive."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from esquadrao.campaigns import listing
from esquadrao.campaigns.decide import Decision, decide, retry_failed
from esquadrao.campaigns.models import Campaign, UnknownPolicy
from esquadrao.campaigns.policy import choose
from esquadrao.companies.sessions import SignedIn
from esquadrao.errors import Conflict, Invalid, NotFound
from web.auth import id_of
from web.forms import Form, read_form
from web.i18n import ngettext
from web.pages.campaigns import state_of
from web.paging import number_of
from web.rendering import go, is_fragment


async def settle(request: Request, me: SignedIn) -> Response:
    """One unknown Delivery, or all of them."""
    form = await read_form(request)
    campaign = await listing.one_of(me.company, me.user, id_of(request))
    if form.text("decision") not in set(Decision):
        raise Invalid
    decision = Decision(form.text("decision"))
    try:
        moved = await decide(
            me.company, me.user, campaign.id, decision, delivery_id=_delivery(form)
        )
    except Conflict as refused:
        return await state_of(request, me, campaign, conflict=refused)
    said = ngettext("{number} incerta resolvida.", "{number} incertas resolvidas.", moved)
    return await _shown(request, me, campaign, said)


async def retry(request: Request, me: SignedIn) -> Response:
    """One Delivery that failed, those of one reason, or all whom another try may cure."""
    form = await read_form(request)
    campaign = await listing.one_of(me.company, me.user, id_of(request))
    codes = [form.text("reason")] if form.text("reason") else []
    try:
        moved = await retry_failed(
            me.company, me.user, campaign.id, codes=codes, delivery_id=_delivery(form)
        )
    except Conflict as refused:
        return await state_of(request, me, campaign, conflict=refused)
    said = ngettext("{number} envio vai de novo.", "{number} envios vão de novo.", moved)
    return await _shown(request, me, campaign, said)


async def choose_policy(request: Request, me: SignedIn) -> Response:
    """What happens when nobody decides; empty is the Company's own."""
    form = await read_form(request)
    campaign = await listing.one_of(me.company, me.user, id_of(request))
    given = form.text("policy")
    if given and given not in set(UnknownPolicy):
        raise Invalid
    policy = UnknownPolicy(given) if given else None
    campaign = await choose(me.company, me.user, campaign.id, policy)
    return await _shown(request, me, campaign, "")


def _delivery(form: Form) -> int | None:
    """None: all of them. Raises NotFound for what is no number of ours."""
    given = form.text("delivery")
    number = number_of(given)
    if given and number is None:
        raise NotFound
    return number


async def _shown(request: Request, me: SignedIn, campaign: Campaign, toast: str) -> Response:
    if not is_fragment(request):
        return go(request, f"/campaigns/{campaign.id}", toast=toast)
    fresh = await listing.one_of(me.company, me.user, campaign.id)
    return await state_of(request, me, fresh, toast=toast)
