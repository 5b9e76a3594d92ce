"""Custom fields of a Company. A field's key is what templates call it: made of its label, never changed after."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from uuid import UUID

from esquadrao.companies.access import Permission, require
from esquadrao.companies.models import Company, User
from esquadrao.contacts.card import tidy
from esquadrao.contacts.fold import fold
from esquadrao.contacts.models import ContactField
from esquadrao.errors import Invalid, Issue
from esquadrao.words import N_

LONGEST_KEY, LONGEST_LABEL = 40, 80
LONGEST_VALUE = 10_000  # characters; as a cell of a spreadsheet
MOST_FIELDS = 200  # of a Company; more is a spreadsheet read the wrong way round
# What a template already understands: our own variables and the words of Liquid.
TAKEN = frozenset(
    {"nome", "primeiro_nome", "telefone", "email"}
    | {"and", "or", "not", "contains", "true", "false", "nil", "null", "none", "blank", "empty"}
    | {"first", "last", "size", "forloop", "tablerowloop"}
)
NO_KEY = "campo"


def key_for(label: str, *, taken: Iterable[str] = ()) -> str:
    """A word for templates; `taken` by others gets a number."""
    slug = (
        "_".join(fold(label).encode("ascii", "ignore").decode().split())[:LONGEST_KEY].strip("_")
        or NO_KEY
    )
    if slug[0].isdigit():
        slug = f"{NO_KEY}_{slug}"[:LONGEST_KEY]
    others = TAKEN | set(taken)
    key, number = slug, 2
    while key in others:
        key, number = f"{slug[: LONGEST_KEY - 4]}_{number}", number + 1
    return key


async def fields_of(company: Company | UUID) -> list[ContactField]:
    return await ContactField.of(company).order_by("created_at", "id")


async def ensure(company_id: UUID, labels: Mapping[str, str]) -> None:
    """The fields exist afterwards (key → label); one that existed keeps its label. Raises Invalid over the limit."""
    known = {field.key for field in await fields_of(company_id)}
    new = [
        ContactField(company_id=company_id, key=key, label=label[:LONGEST_LABEL])
        for key, label in labels.items()
        if key not in known
    ]
    if len(known) + len(new) > MOST_FIELDS:
        raise Invalid(
            N_(
                "A empresa pode ter até {most} campos. Deixe na planilha só as colunas que vai usar."
            ),
            code="too_many_fields",
            most=MOST_FIELDS,
        )
    if new:
        await ContactField.of(company_id).bulk_create(new, ignore_conflicts=True)


async def create(company: Company, user: User, *, label: str) -> ContactField:
    """A field by hand. Raises Invalid for an empty, long or known label."""
    require(user, Permission.CONTACTS_WRITE)
    label = tidy(label)
    if not label:
        raise Invalid.field("label", "required", N_("Dê um nome ao campo."))
    if len(label) > LONGEST_LABEL:
        raise Invalid.field(
            "label", "too_long", N_("Use até {most} caracteres."), most=LONGEST_LABEL
        )
    key = key_for(label)
    if await ContactField.of(company).filter(key=key).exists():
        raise Invalid.field("label", "name_taken", N_("Já existe um campo com este nome."))
    await ensure(company.id, {key: label})
    return await ContactField.of(company).get(key=key)


async def checked(
    company: Company, custom: Mapping[str, str]
) -> tuple[dict[str, str], list[Issue]]:
    """The values that are not blank, of fields the Company has; and what is wrong with them."""
    known = {field.key for field in await fields_of(company)}
    issues = [
        Issue(f"custom.{key}", "unknown_field", N_("Este campo não existe mais."))
        for key in custom
        if key not in known
    ] + [
        Issue(
            f"custom.{key}",
            "too_long",
            N_("Use até {most} caracteres."),
            (("most", LONGEST_VALUE),),
        )
        for key, value in custom.items()
        if len(value) > LONGEST_VALUE
    ]
    return {key: value.strip() for key, value in custom.items() if value.strip()}, issues
