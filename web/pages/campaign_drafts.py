"""/campaigns/new and /campaigns/{id}/edit: one form, its bubble, the draft it saves."""

from __future__ import annotations

from hashlib import sha256
from http import HTTPStatus
from typing import Any
from uuid import UUID, uuid4

from starlette.requests import Request
from starlette.responses import Response

from esquadrao.campaigns import draft, listing, wording
from esquadrao.campaigns.body import variables
from esquadrao.campaigns.compose import LONGEST_TEXT, convert_pasted
from esquadrao.campaigns.draft import Whole
from esquadrao.campaigns.footer import FOOTER
from esquadrao.campaigns.lifecycle import EDITABLE
from esquadrao.campaigns.models import Campaign, MissingVariable
from esquadrao.campaigns.preview import preview
from esquadrao.campaigns.slow import LONGEST
from esquadrao.campaigns.texts import MOST, texts_of
from esquadrao.channels import reading
from esquadrao.channels.wording import words_for
from esquadrao.companies.access import Permission, require
from esquadrao.companies.idempotency import once
from esquadrao.companies.sessions import SignedIn
from esquadrao.contacts.lists import lists_of
from esquadrao.errors import Conflict, Invalid
from esquadrao.messages.models import Step
from web.auth import id_of
from web.forms import Form, filled, read_form
from web.i18n import _, decimal, ngettext, words_of
from web.pages.campaign_paces import gap_of
from web.pages.campaigns import state_of
from web.rendering import go, page, whole

QUESTIONS = tuple(f"questions.{at}" for at in range(MOST))


async def new(request: Request, me: SignedIn) -> Response:
    require(me.user, Permission.CAMPAIGNS_WRITE)
    stored: dict[str, object] = {"missing_variable": MissingVariable.FALLBACK, "token": uuid4().hex}
    stored |= {"answer_hours": draft.ANSWER_HOURS, "has_footer": "yes"}
    stored["contact_list_id"] = request.query_params.get("list", "")
    return await _form(request, me, filled(stored))


async def create(request: Request, me: SignedIn) -> Response:
    form = await read_form(request)
    if _asks_preview(form):
        require(me.user, Permission.CAMPAIGNS_WRITE)
        return await _form(request, me, form)
    given = _changes(form)

    async def effect() -> UUID:
        made = await draft.create(me.company, me.user, **given)
        return made.id

    try:
        # The same form sent twice is one draft; changed and sent again it is another.
        key = sha256(f"{form.text('token')}{sorted(form.values.items())}".encode()).hexdigest()
        done = await once(
            me.company, me.user, action="page.campaign", key=key, asked=key, effect=effect
        )
    except Invalid as wrong:
        return await _form(request, me, form.refuse(wrong), status=HTTPStatus.UNPROCESSABLE_ENTITY)
    return _onward(request, form, done.subject_id)


async def edit(request: Request, me: SignedIn) -> Response:
    require(me.user, Permission.CAMPAIGNS_WRITE)
    campaign = await listing.one_of(me.company, me.user, id_of(request))
    if campaign.state not in EDITABLE:
        return go(request, f"/campaigns/{campaign.id}")
    return await _form(request, me, filled(await _stored(me, campaign)), campaign=campaign)


async def update(request: Request, me: SignedIn) -> Response:
    form = await read_form(request)
    campaign = await listing.one_of(me.company, me.user, id_of(request))
    if _asks_preview(form):
        require(me.user, Permission.CAMPAIGNS_WRITE)
        return await _form(request, me, form, campaign=campaign)
    try:
        version = form.number("version") or 0
        await draft.edit(me.company, me.user, campaign.id, version=version, **_changes(form))
    except Invalid as wrong:
        form.refuse(wrong)
        status = HTTPStatus.UNPROCESSABLE_ENTITY
        return await _form(request, me, form, campaign=campaign, status=status)
    except Conflict as moved:
        return await _moved(request, me, campaign.id, form, moved)
    return _onward(request, form, campaign.id)


async def bubble(request: Request, me: SignedIn) -> Response:
    """The bubble alone, while the text is typed."""
    require(me.user, Permission.CAMPAIGNS_WRITE)
    seen = await _preview(me, await read_form(request))
    return whole(
        request, "campaigns/_preview.html", seen=seen, most=LONGEST_TEXT, words_of=words_of
    )


async def _moved(
    request: Request, me: SignedIn, campaign_id: UUID, form: Form, moved: Conflict
) -> Response:
    """409: what was typed stays in the form, what is saved now stands beside it."""
    campaign = await listing.one_of(me.company, me.user, campaign_id)
    if campaign.state not in EDITABLE:
        return await state_of(request, me, campaign, conflict=moved)
    stored = {name: str(value or "") for name, value in (await _stored(me, campaign)).items()}
    labels = {"name": _("Nome"), "body": _("Mensagem")} | {
        name: _("Pergunta {number}", number=at + 1) for at, name in enumerate(QUESTIONS)
    }
    labels["own_gap"] = _("Segundos entre dois envios")
    saved = [
        (label, stored.get(name, ""))
        for name, label in labels.items()
        if stored.get(name, "") != form.text(name)
    ]
    form.values["version"] = stored["version"]
    form.summary = words_of(moved)
    return await _form(
        request, me, form, campaign=campaign, status=HTTPStatus.CONFLICT, saved=saved
    )


async def _stored(me: SignedIn, campaign: Campaign) -> dict[str, object]:
    asked = await texts_of(me.company, campaign.id, Step.ASK)
    return {
        "name": campaign.name,
        "channel_id": campaign.channel_id,
        "contact_list_id": campaign.contact_list_id,
        "missing_variable": campaign.missing_variable.value,
        "body": await draft.body_of(me.company, campaign.id),
        "answer_hours": campaign.answer_hours,
        "own_gap": campaign.own_gap,
        "has_footer": "yes" if campaign.has_footer else "",
        "version": campaign.version,
    } | dict(zip(QUESTIONS, asked, strict=False))


async def _form(
    request: Request,
    me: SignedIn,
    form: Form,
    *,
    campaign: Campaign | None = None,
    status: int = HTTPStatus.OK,
    saved: list[tuple[str, str]] | None = None,
) -> Response:
    channels = [
        (one.id, f"{one.name} · {_(words_for(one).label)}")
        for one in await reading.all_of(me.company, me.user)
    ]
    lists = [
        (one.id, f"{one.name} · {ngettext('{number} contato', '{number} contatos', one.size)}")
        for one in await lists_of(me.company)
    ]
    chips = [
        (one.label if one.is_own else _(one.label), f"{{{{ {one.key} }}}}")
        for one in await variables(me.company)
    ]
    hours = [
        (one, ngettext("{number} hora", "{number} horas", one))
        for one in sorted(
            {*wording.ANSWER_HOURS, form.number("answer_hours") or draft.ANSWER_HOURS}
        )
    ]
    policies = [(one.value, _(words)) for one, words in wording.POLICIES.items()]
    return page(
        request,
        "campaigns/edit.html",
        status=status,
        form=form,
        campaign=campaign,
        action=f"/campaigns/{campaign.id}/edit" if campaign else "/campaigns",
        channels=channels,
        lists=lists,
        chips=chips,
        policies=policies,
        hours=hours,
        longest=LONGEST,
        most_questions=MOST,
        others_said=any(form.text(one) or one in form.errors for one in QUESTIONS[1:]),
        footer=FOOTER,
        saved=saved or [],
        seen=await _preview(me, form),
        most=LONGEST_TEXT,
        most_words=decimal(LONGEST_TEXT),
        words_of=words_of,
    )


async def _preview(me: SignedIn, form: Form) -> Any:
    return await preview(
        me.company,
        body=form.text("body"),
        questions=[form.text(one) for one in QUESTIONS],
        has_footer=bool(form.text("has_footer")),
        contact_list_id=form.id("contact_list_id"),
        contact_id=form.id("contact") or form.id("shown"),
    )


def _asks_preview(form: Form) -> bool:
    """Without a script the bubble is a button of the form."""
    return "contact" in form.values or form.text("then") == "preview"


def _changes(form: Form) -> Whole:
    policy = form.text("missing_variable")
    return {
        "name": form.text("name"),
        "channel_id": form.id("channel_id"),
        "contact_list_id": form.id("contact_list_id"),
        "body": form.text("body"),
        "missing_variable": MissingVariable(policy)
        if policy in set(MissingVariable)
        else MissingVariable.FALLBACK,
        "questions": [form.text(one) for one in QUESTIONS],
        "answer_hours": form.number("answer_hours") or draft.ANSWER_HOURS,
        "own_gap": gap_of(form),
        "has_footer": bool(form.text("has_footer")),
    }


def _onward(request: Request, form: Form, campaign_id: UUID) -> Response:
    converted = convert_pasted(form.text("body"))[1]
    toast = _("Rascunho salvo.")
    if converted:
        changes = ", ".join(f"{one.before} → {one.after}" for one in converted[:3])
        toast = f"{toast} {_('Variáveis convertidas: {changes}.', changes=changes)}"
    where = "edit" if form.text("then") == "stay" else "review"
    return go(request, f"/campaigns/{campaign_id}/{where}", toast=toast)
