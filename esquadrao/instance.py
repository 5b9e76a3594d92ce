"""Whether the database is the one we know: a number that rises with each sweep, kept in it and, as a witness, in Redis.

After a restore the number in the database is lower than the one the witness remembers. The witness can only fail to
notice: emptied with the restore it remembers nothing, and the operator says so (`esquadrao instance raise`).
"""

from __future__ import annotations

from tortoise import fields
from tortoise.exceptions import IntegrityError
from tortoise.expressions import F

from esquadrao.gateways import witness
from esquadrao.tenancy import InstallationRow, new_id

ONLY = 1  # there is one row


class Instance(InstallationRow):
    id = fields.SmallIntField(primary_key=True, generated=False)
    key = fields.UUIDField()  # several installations may share a Redis
    beat = fields.BigIntField(default=0)
    epoch = fields.IntField(default=1)  # how often this installation went back, one more

    class Meta:
        table = "instance"


async def known() -> Instance:
    """The one row, made by whoever comes first."""
    found = await Instance.get_or_none(id=ONLY)
    if found is not None:
        return found
    try:
        return await Instance.create(id=ONLY, key=new_id())
    except IntegrityError:
        return await Instance.get(id=ONLY)


async def has_gone_back() -> bool:
    """The witness first: it never knows more than the database had, so what is read later can only be higher."""
    remembered = await witness.remembered((await known()).key)
    return bool((await known()).beat < remembered)


async def beat() -> None:
    """One more; the witness hears of it after the database has it."""
    key = (await known()).key
    await Instance.filter(id=ONLY).update(beat=F("beat") + 1)
    await witness.remember(key, (await Instance.get(id=ONLY)).beat)


async def go_on() -> int:
    """After what a restore asks for was done: a new epoch, above whatever the witness remembers. Gives the epoch."""
    one = await known()
    above = max(one.beat, await witness.remembered(one.key)) + 1
    await Instance.filter(id=ONLY, epoch=one.epoch).update(beat=above, epoch=F("epoch") + 1)
    await witness.remember(one.key, above)
    return (await Instance.get(id=ONLY)).epoch
