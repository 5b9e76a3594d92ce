"""E-mail and password → the Users they fit. The same words and about the same time for every failure."""

from __future__ import annotations

import asyncio

from esquadrao.companies import throttle
from esquadrao.companies.keys import lookup_hash
from esquadrao.companies.models import Directory, DirectoryKind, User
from esquadrao.companies.passwords import hash_password, is_outdated, verify_password
from esquadrao.companies.register import fold_email
from esquadrao.errors import Invalid
from esquadrao.words import N_

MOST_COMPANIES = 5  # of one e-mail; each costs a hash


async def sign_in(email: str, password: str, *, address: str) -> list[User]:
    """The active Users of this e-mail, of at most five Companies, whose password this is.

    Raises Invalid (`wrong_credentials`), alike for an unknown e-mail, a wrong password and somebody deactivated, and
    OverLimit (`too_many_tries` with `retry_after`, or `locked`). Call it outside a unit of work: a failure must stay
    counted.
    """
    folded = fold_email(email)
    email_key, address_key = throttle.email_key(folded), throttle.address_key(address)
    await throttle.take_address(address_key)
    await throttle.take_email(email_key)
    users = await _users(folded)
    # At least one hash is computed, known or not; those of several Companies side by side.
    hashes: list[str | None] = [user.password_hash for user in users]
    answers = await asyncio.gather(
        *(verify_password(stored, password) for stored in hashes or [None])
    )
    right = [user for user, fits in zip(users, answers, strict=False) if fits]
    if not right:
        raise Invalid(N_("E-mail ou senha incorretos."), code="wrong_credentials")
    await throttle.give_back(address_key)
    if len(right) == len(users):
        await throttle.clear(email_key)
    else:
        # One Company's User must not wipe out the failed tries at another's of the same e-mail.
        await throttle.give_back(email_key)
    for user in right:
        await _renew(user, password)
    return right


async def unlock(email: str) -> None:
    """Open an e-mail again that was locked by failed tries."""
    await throttle.clear(throttle.email_key(fold_email(email)))


async def _users(email: str) -> list[User]:
    entries = Directory.filter(kind=DirectoryKind.EMAIL, key_hash=lookup_hash("email", email))
    found = [
        await User.of(entry.company_id).get_or_none(id=entry.subject_id, is_active=True)
        for entry in await entries.order_by("id").limit(MOST_COMPANIES)
    ]
    return [user for user in found if user]


async def _renew(user: User, password: str) -> None:
    """A new hash when the parameters rose; the condition leaves a password changed meanwhile alone."""
    if is_outdated(user.password_hash):
        fresh = await hash_password(password)
        same = User.of(user.company_id).filter(id=user.id, password_hash=user.password_hash)
        await same.update(password_hash=fresh)
