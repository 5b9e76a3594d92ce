"""Leases: one holder at a time of a piece of work, by the database's clock. A dead holder's lease ends by itself.

No safety rests on a lease (handover.md R6): two holders at once do the same work twice, which changes nothing.
"""

from __future__ import annotations

from datetime import timedelta

from tortoise import fields
from tortoise.exceptions import IntegrityError
from tortoise.expressions import Q

from esquadrao.database import db_now
from esquadrao.tenancy import InstallationRow


class Lease(InstallationRow):
    name = fields.CharField(primary_key=True, max_length=60)
    holder = fields.CharField(max_length=60)
    until = fields.DatetimeField()

    class Meta:
        table = "lease"


async def take(name: str, holder: str, *, lasts: timedelta) -> bool:
    """Take or renew the lease; False while somebody else holds it.

    Nobody takes it for longer than `lasts`: what ends later was taken before the clock was set back.
    """
    moment = await db_now()
    free = Q(holder=holder) | Q(until__lt=moment) | Q(until__gt=moment + lasts)
    if await Lease.filter(free, name=name).update(holder=holder, until=moment + lasts):
        return True
    if await Lease.filter(name=name).exists():
        return False
    try:
        await Lease.create(name=name, holder=holder, until=moment + lasts)
    except IntegrityError:
        return False
    return True


async def give_back(name: str, holder: str) -> None:
    await Lease.filter(name=name, holder=holder).delete()
