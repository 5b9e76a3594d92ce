"""What Redis remembers of the database's age: the highest beat it was told (`esquadrao.instance`)."""

from __future__ import annotations

from uuid import UUID

from esquadrao.gateways import bridge


async def remembered(key: UUID) -> int:
    """0 when nothing is known: a new installation, or an emptied Redis."""
    return int(await bridge.redis().get(_name(key)) or 0)


async def remember(key: UUID, beat: int) -> None:
    await bridge.redis().set(_name(key), beat)


def _name(key: UUID) -> str:
    return f"esquadrao:beat:{key.hex}"
