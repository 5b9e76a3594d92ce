"""Ask for the same effect twice and get it once: what programs need when an answer was lost on the way.

The key's row is inserted first, in the transaction of the effect. A parallel repeat waits at the unique key until that
transaction ends, then finds the row and is given the same answer; if the effect was refused, row and effect are both
gone and the repeat takes its own turn. So there is no state "in progress" to store, time out or clean up.
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import orjson
from tortoise.exceptions import IntegrityError

from esquadrao.clock import now
from esquadrao.companies.models import Company, IdempotencyKey, User
from esquadrao.errors import Conflict
from esquadrao.unit_of_work import unit_of_work
from esquadrao.words import N_

KEPT_FOR = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Done:
    subject_id: UUID
    was_replayed: bool


class Repeated(Exception):  # not a failure: it leaves the transaction and never this module
    """The key is taken."""


async def once(
    company: Company,
    user: User,
    *,
    action: str,
    key: str,
    asked: object,
    effect: Callable[[], Awaitable[UUID]],
) -> Done:
    """Run `effect`, which answers the id of its row, unless this User asked the same with this key in 7 days.

    Raises Conflict("idempotency_mismatch") for a known key with another input, and whatever `effect` raises.
    """
    await IdempotencyKey.of(company).filter(created_at__lt=now() - KEPT_FOR).delete()
    fingerprint = hashlib.sha256(
        orjson.dumps(asked, option=orjson.OPT_SORT_KEYS, default=str)
    ).hexdigest()
    try:
        async with unit_of_work():
            row = await _claim(company, user, action, key, fingerprint)
            row.subject_id = await effect()
            await row.save(update_fields=["subject_id"])
            return Done(row.subject_id, was_replayed=False)
    except Repeated:
        return await _replay(company, user, action, key, fingerprint)


async def _claim(
    company: Company, user: User, action: str, key: str, fingerprint: str
) -> IdempotencyKey:
    row = IdempotencyKey(
        company_id=company.id,
        caller_id=user.id,
        action=action,
        key=key,
        input_hash=fingerprint,
        created_at=now(),
    )
    try:
        await row.save()
    except IntegrityError:
        raise Repeated from None
    return row


async def _replay(company: Company, user: User, action: str, key: str, fingerprint: str) -> Done:
    row = await IdempotencyKey.of(company).get_or_none(caller_id=user.id, action=action, key=key)
    if row is None or row.input_hash != fingerprint or row.subject_id is None:
        raise Conflict(
            N_("Esta chave de idempotência já foi usada com outros dados. Use uma chave nova."),
            code="idempotency_mismatch",
        )
    return Done(row.subject_id, was_replayed=True)
