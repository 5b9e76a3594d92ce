"""The keys of the installation that sign access tokens: P-256, sealed in the database, turned each 90 days.

The newest key signs. A turned key verifies for another day, long past the life of any token it signed. Every process
keeps the keys for a minute; a `kid` it does not know makes it look again, so a key another process has just made is
found at once.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic
from typing import Any

import orjson
import structlog
from joserfc.jwk import ECKey

from esquadrao.clock import now
from esquadrao.companies.keys import SealBroken, seal, unseal
from esquadrao.companies.models import SigningKey
from esquadrao.unit_of_work import unit_of_work

log = structlog.get_logger()

ALGORITHM = "ES256"
TURNED_AFTER = timedelta(days=90)
OVERLAP = timedelta(days=1)  # how long a turned key still verifies
KEPT_FOR = 60.0  # s a process trusts its copy
LOOKED_AGAIN_AFTER = 1.0  # s; tokens with invented kids must not become a query each


@dataclass(frozen=True, slots=True)
class Opened:
    key: ECKey
    created_at: datetime
    retired_at: datetime | None

    def verifies(self, moment: datetime) -> bool:
        return self.retired_at is None or self.retired_at > moment

    def signs(self, moment: datetime) -> bool:
        return self.retired_at is None and self.created_at > moment - TURNED_AFTER


@dataclass(frozen=True, slots=True)
class Kept:
    at: float
    keys: dict[str, Opened]  # the newest first


_kept: Kept | None = None


async def signer() -> ECKey:
    """The key that signs now; makes the first one, and the next one when it is due."""
    found = await _signing()
    if found is None:
        # Two processes may do this at once: both keys verify, the newer one signs.
        await turn()
        found = await _signing()
    if found is None:
        raise RuntimeError("the key just made does not open: FIELD_KEYS")
    return found


async def find(kid: str) -> ECKey | None:
    """The key of that id, if it may still verify."""
    found = (await _keys()).get(kid)
    if found is None and (_kept is None or monotonic() - _kept.at > LOOKED_AGAIN_AFTER):
        found = (await _keys(afresh=True)).get(kid)
    return found.key if found and found.verifies(now()) else None


async def public_set() -> dict[str, Any]:
    """The JWK Set others verify with: public halves only."""
    moment = now()
    keys = [one.key for one in (await _keys()).values() if one.verifies(moment)]
    return {"keys": [key.as_dict(private=False) for key in keys]}


async def turn() -> None:
    """A new key signs from now on; those before it verify for another day."""
    moment = now()
    kid = secrets.token_hex(8)
    made = ECKey.generate_key("P-256", {"kid": kid, "use": "sig", "alg": ALGORITHM})
    sealed = seal(orjson.dumps(made.as_dict(private=True)), context=_context(kid))
    async with unit_of_work():
        await SigningKey.filter(retired_at=None).update(retired_at=moment + OVERLAP)
        await SigningKey.create(kid=kid, sealed_jwk=sealed, created_at=moment)
    forget()


def forget() -> None:
    """Read the keys again at the next use."""
    global _kept  # noqa: PLW0603  # one copy a process
    _kept = None


async def _signing() -> ECKey | None:
    moment = now()
    return next((one.key for one in (await _keys()).values() if one.signs(moment)), None)


async def _keys(*, afresh: bool = False) -> dict[str, Opened]:
    global _kept  # noqa: PLW0603
    if _kept is None or afresh or monotonic() - _kept.at > KEPT_FOR:
        rows = await SigningKey.all().order_by("-created_at")
        opened = {row.kid: _opened(row) for row in rows}
        _kept = Kept(monotonic(), {kid: one for kid, one in opened.items() if one})
    return _kept.keys


def _opened(row: SigningKey) -> Opened | None:
    try:
        private = unseal(row.sealed_jwk, context=_context(row.kid))
    except SealBroken:
        log.exception(
            "signing_key_does_not_open", kid=row.kid
        )  # its FIELD_KEYS are gone: a new key takes over
        return None
    return Opened(ECKey.import_key(orjson.loads(private)), row.created_at, row.retired_at)


def _context(kid: str) -> str:
    return f"signing_key:sealed_jwk:{kid}"
