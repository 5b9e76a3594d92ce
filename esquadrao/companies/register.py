"""A new Company with its owner."""

from __future__ import annotations

import re
import secrets

from tortoise.exceptions import IntegrityError

from esquadrao.clock import now
from esquadrao.companies.keys import lookup_hash
from esquadrao.companies.models import Company, Directory, DirectoryKind, Role, Throttle, User
from esquadrao.companies.passwords import check_new_password, hash_password
from esquadrao.errors import Conflict, Invalid, Issue
from esquadrao.unit_of_work import unit_of_work
from esquadrao.words import N_

WA_KEY = 32  # bytes
LONGEST_NAME = 120  # the columns'
LONGEST_EMAIL = 254  # RFC 5321
# Enough to catch a slip of the hand; whether the address lives only a mail can tell.
EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s.]+(\.[^@\s.]+)+")
DDD = re.compile(r"[1-9][1-9]")


async def is_first_run() -> bool:
    """Whether this installation has no Company yet."""
    return not await Directory.filter(kind=DirectoryKind.EMAIL).exists()


async def create_first_company(
    *, company_name: str, name: str, email: str, password: str, default_ddd: str = "11"
) -> User:
    """As `create_company`, once in the life of an installation: of two at once, one gets Conflict."""
    async with unit_of_work():
        await claim_once("first-company")
        if not await is_first_run():
            raise Conflict(code="not_first_run")
        return await create_company(
            company_name=company_name,
            name=name,
            email=email,
            password=password,
            default_ddd=default_ddd,
        )


async def create_company(
    *,
    company_name: str,
    name: str,
    email: str,
    password: str,
    default_ddd: str = "11",
    is_demo: bool = False,
) -> User:
    """The Company and its owner. Raises Invalid with an issue for each wrong field."""
    company_name, name = " ".join(company_name.split()), " ".join(name.split())
    _check(company_name=company_name, name=name, email=email, password=password, ddd=default_ddd)
    password_hash = await hash_password(password)
    async with unit_of_work():
        company = Company(
            name=company_name,
            default_ddd=default_ddd,
            wa_key=secrets.token_hex(WA_KEY),
            is_demo=is_demo,
        )
        await company.save()
        return await add_user(
            company, name=name, email=email, password_hash=password_hash, role=Role.OWNER
        )


async def add_user(
    company: Company, *, name: str, email: str, password_hash: str, role: Role
) -> User:
    """The User and the entry that finds them by e-mail; called within a unit of work."""
    user = User(
        company_id=company.id,
        name=name,
        email=fold_email(email),
        password_hash=password_hash,
        role=role,
    )
    async with unit_of_work():
        await user.save()
        await Directory.create(
            kind=DirectoryKind.EMAIL,
            key_hash=lookup_hash("email", user.email),
            company_id=company.id,
            subject_id=user.id,
        )
    return user


def fold_email(email: str) -> str:
    """One spelling of an address: nobody remembers which letters were capitals."""
    return email.strip().lower()


async def claim_once(name: str) -> None:
    """Take a claim that exists once in an installation; it is given back if the transaction fails.

    Raises Conflict. The row stands among the Throttles, the one table of the installation keyed by a hash: its unique
    key is what makes two at once wait for each other on all three databases.
    """
    key = lookup_hash("once", name)
    async with unit_of_work():
        if await Throttle.filter(key_hash=key).exists():
            raise Conflict(code="already_done")
        try:
            await Throttle.create(key_hash=key, window_start=now())
        except IntegrityError as error:
            raise Conflict(code="already_done") from error


def _check(*, company_name: str, name: str, email: str, password: str, ddd: str) -> None:
    issues: list[Issue] = []
    if not 0 < len(company_name) <= LONGEST_NAME:
        issues.append(
            Issue("company_name", "name_length", N_("Diga o nome da empresa, com até 120 letras."))
        )
    if not 0 < len(name) <= LONGEST_NAME:
        issues.append(Issue("name", "name_length", N_("Diga o seu nome, com até 120 letras.")))
    if len(email.strip()) > LONGEST_EMAIL or not EMAIL.fullmatch(email.strip()):
        issues.append(
            Issue("email", "email_shape", N_("Confira o e-mail, por exemplo ana@empresa.com.br."))
        )
    if not DDD.fullmatch(ddd):
        issues.append(
            Issue("default_ddd", "ddd_shape", N_("O DDD tem dois algarismos, por exemplo 11."))
        )
    try:
        check_new_password(password, (company_name, name, *email.split("@")))
    except Invalid as error:
        issues.extend(error.issues)
    if issues:
        raise Invalid(issues=tuple(issues))
