"""What a Company's texts may name, and whether a text may be kept: asked by drafts, previews and the API alike."""

from __future__ import annotations

from dataclasses import dataclass

from esquadrao.campaigns.compose import (
    BASE_VARIABLES,
    clean,
    convert_pasted,
    parse,
    refuse_unknown,
)
from esquadrao.companies.models import Company
from esquadrao.contacts.fields import fields_of
from esquadrao.words import N_

LABELS = {
    "nome": N_("Nome"),
    "primeiro_nome": N_("Primeiro nome"),
    "telefone": N_("Telefone"),
    "email": N_("E-mail"),
}


@dataclass(frozen=True, slots=True)
class Variable:
    key: str
    label: str
    is_own: bool  # a custom field of the Company: its label is people's text, never translated


async def variables(company: Company) -> list[Variable]:
    """What a text may say of a Contact, in the order the chips stand."""
    base = [Variable(key, LABELS[key], is_own=False) for key in BASE_VARIABLES]
    return base + [Variable(one.key, one.label, is_own=True) for one in await fields_of(company)]


async def checked_body(company: Company, body: str) -> str:
    """The text as it is kept: pasted variables our way. Raises Invalid with the issues of field `body`.

    It is tried with a Contact who has everything and one who has nothing: what never ends must not wait for the send.
    """
    body = convert_pasted(clean(body).strip())[0]
    if not body:
        return ""
    text = parse(body)
    known = [one.key for one in await variables(company)]
    refuse_unknown(text, known)
    for value in ("", "x"):
        text.render(dict.fromkeys(known, value))
    return body
