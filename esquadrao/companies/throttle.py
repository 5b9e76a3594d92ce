"""How often somebody may try. Rows in the database, so that emptying Redis frees nobody.

A try is counted before the password is looked at and given back when it was right: however many come at once, no more
than the limit are ever looked at.
"""

from __future__ import annotations

import ipaddress
from contextlib import suppress
from datetime import timedelta
from math import ceil

from tortoise.exceptions import IntegrityError
from tortoise.expressions import F, Q

from esquadrao.clock import now
from esquadrao.companies.keys import lookup_hash
from esquadrao.companies.models import Throttle
from esquadrao.errors import OverLimit
from esquadrao.unit_of_work import unit_of_work
from esquadrao.words import N_

FREE_TRIES = 5  # a forgotten capital or two is no attack
FIRST_WAIT = timedelta(minutes=1)  # doubles with each further failure
LONGEST_WAIT = timedelta(minutes=15)
LOCKED_AT = 100  # failures in a row; nobody mistypes for a day: a person must open it again
FOR_EVER = timedelta(days=36_500)
ADDRESS_TRIES = 20  # failures
ADDRESS_WINDOW = timedelta(minutes=1)
V6_NETWORK = 64  # bits; what one subscriber owns


def email_key(email: str) -> str:
    return lookup_hash("throttle-email", email)


def address_key(address: str) -> str:
    """The address; of IPv6 its /64, or one machine would have 2**64 of them."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return lookup_hash("throttle-address", address)
    if isinstance(parsed, ipaddress.IPv6Address):
        parsed = parsed.ipv4_mapped or parsed
    if isinstance(parsed, ipaddress.IPv6Address):
        parsed = ipaddress.ip_network((parsed, V6_NETWORK), strict=False).network_address
    return lookup_hash("throttle-address", str(parsed))


async def take_email(key: str) -> None:
    """Count a try for an e-mail. Raises OverLimit while it has to wait; then nothing is counted."""
    await _row(key)
    moment = now()
    async with unit_of_work():
        free = Throttle.filter(
            Q(locked_until__isnull=True) | Q(locked_until__lte=moment), key_hash=key
        )
        if not await free.update(failures=F("failures") + 1):
            raise await _refusal(key)
        # The update holds the row until the commit, so this count is of this very try.
        row = await Throttle.get(key_hash=key)
        if row.failures >= FREE_TRIES:
            await Throttle.filter(key_hash=key).update(
                locked_until=moment + wait_after(row.failures)
            )


async def take_address(key: str) -> None:
    """Count a try for an address: twenty in a minute. Raises OverLimit."""
    await _row(key)
    moment = now()
    async with unit_of_work():
        same = Throttle.filter(key_hash=key)
        if await same.filter(window_start__lte=moment - ADDRESS_WINDOW).update(
            failures=1, window_start=moment
        ):
            return
        if not await same.filter(failures__lt=ADDRESS_TRIES).update(failures=F("failures") + 1):
            row = await Throttle.get(key_hash=key)
            raise too_many(row.window_start + ADDRESS_WINDOW - moment)


async def give_back(key: str) -> None:
    """The try was no failure; those before it stay."""
    async with unit_of_work():
        await Throttle.filter(key_hash=key, failures__gt=0).update(failures=F("failures") - 1)
        await Throttle.filter(key_hash=key, failures__lt=FREE_TRIES).update(locked_until=None)


async def clear(key: str) -> None:
    """No failure stands any more: the right password came, or a person opened what was locked."""
    await Throttle.filter(key_hash=key).update(failures=0, locked_until=None)


def wait_after(failures: int) -> timedelta:
    if failures >= LOCKED_AT:
        return FOR_EVER
    doubled = FIRST_WAIT * (1 << min(failures - FREE_TRIES, 10))
    return min(doubled, LONGEST_WAIT)


def too_many(wait: timedelta) -> OverLimit:
    if wait > LONGEST_WAIT:
        return OverLimit(
            N_("Acesso bloqueado por excesso de tentativas. Fale com quem cuida do sistema."),
            code="locked",
        )
    minutes = max(1, ceil(wait / timedelta(minutes=1)))
    sentence = N_("Muitas tentativas. Espere {minutes} min e tente de novo.")
    return OverLimit(sentence, code="too_many_tries", retry_after=wait, minutes=minutes)


async def _refusal(key: str) -> OverLimit:
    row = await Throttle.get(key_hash=key)
    return too_many((row.locked_until or now()) - now())


async def _row(key: str) -> None:
    """The row, made outside the transaction: a failed insert would break one, and hold a lock two could die of."""
    if not await Throttle.filter(key_hash=key).exists():
        with suppress(IntegrityError):  # another try made it first
            await Throttle.create(key_hash=key, failures=0, window_start=now())
