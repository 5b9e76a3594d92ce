"""What a phone reads or types to pair: the QR's text and the code of eight characters, for as long as they live.

They stand in Redis alone, sealed, under keys that die with them. The wire they come by is signed, not sealed: its entry
goes when it is applied.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson
import structlog

from esquadrao.companies.keys import SealBroken, seal, unseal
from esquadrao.database import db_now
from esquadrao.gateways import bridge

log = structlog.get_logger()
LONGEST_QR = 70  # s; no QR lives longer, whatever the clock of its sender says
LONGEST_CODE = 200  # s; WhatsApp's own code lives for three minutes


@dataclass(frozen=True, slots=True)
class Qr:
    """What the phone reads. `text` holds keys: never logged, never stored beyond its life."""

    text: str
    expires_at: datetime
    attempt: int


@dataclass(frozen=True, slots=True)
class Code:
    """Eight characters to type on the phone; a newer one voids it."""

    text: str
    expires_at: datetime

    @property
    def halves(self) -> tuple[str, str]:
        """As WhatsApp shows it, 4-4."""
        return self.text[:4], self.text[4:]


async def keep_qr(company_id: UUID, channel_id: UUID, data: dict[str, Any]) -> bool:
    """Whether it is still alive."""
    said = {"text": str(data["text"]), "attempt": int(data["attempt"])}
    key = bridge.qr_key(company_id, channel_id)
    return await _keep(key, said, expires_at=data["expires_at"], longest=LONGEST_QR)


async def keep_code(company_id: UUID, channel_id: UUID, data: dict[str, Any]) -> bool:
    key = bridge.code_key(company_id, channel_id)
    said = {"text": str(data["code"])}
    return await _keep(key, said, expires_at=data["expires_at"], longest=LONGEST_CODE)


async def qr_of(company_id: UUID, channel_id: UUID) -> Qr | None:
    said = await _read(bridge.qr_key(company_id, channel_id))
    if said is None:
        return None
    return Qr(said["text"], _moment(said["expires_at"]), int(said["attempt"]))


async def code_of(company_id: UUID, channel_id: UUID) -> Code | None:
    said = await _read(bridge.code_key(company_id, channel_id))
    return Code(said["text"], _moment(said["expires_at"])) if said else None


async def forget_code(company_id: UUID, channel_id: UUID) -> None:
    await bridge.redis().delete(bridge.code_key(company_id, channel_id))


async def forget(company_id: UUID, channel_id: UUID) -> None:
    keys = (f(company_id, channel_id) for f in (bridge.qr_key, bridge.code_key))
    await bridge.redis().delete(*keys)


async def _keep(key: str, said: dict[str, Any], *, expires_at: str, longest: int) -> bool:
    until = _moment(expires_at)
    lives = int((until - await db_now()).total_seconds())
    if lives <= 0:
        return False
    sealed = seal(orjson.dumps(said | {"expires_at": until}), context=key)
    await bridge.redis().set(key, sealed, ex=min(lives, longest))
    return True


async def _read(key: str) -> dict[str, Any] | None:
    kept = await bridge.redis().get(key)
    if kept is None:
        return None
    try:
        text = kept.decode() if isinstance(kept, bytes) else kept
        said: dict[str, Any] = orjson.loads(unseal(text, context=key))
    except SealBroken:
        log.warning("pairing_code_does_not_open")  # FIELD_KEYS were turned within its minute
        return None
    return said


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
