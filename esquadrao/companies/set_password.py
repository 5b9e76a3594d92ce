"""A new password for a User who exists."""

from __future__ import annotations

from esquadrao.companies import sessions, throttle
from esquadrao.companies.models import Company, User
from esquadrao.companies.passwords import check_new_password, hash_password
from esquadrao.unit_of_work import unit_of_work


async def set_password(company: Company, user: User, password: str) -> None:
    """Every session of the User ends: whoever knew the old password is out. Raises Invalid for a weak one."""
    check_new_password(password, (company.name, user.name, *user.email.split("@")))
    password_hash = await hash_password(password)
    async with unit_of_work():
        await User.of(company).filter(id=user.id).update(password_hash=password_hash)
        await sessions.end_all(user)
        await throttle.clear(throttle.email_key(user.email))
