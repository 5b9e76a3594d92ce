"""Streams to and from the bridge: signed entries on Redis, named in `bridge/contract/`.

Commands go to a stream a Channel, read by whoever holds its session; wishes about sessions and questions to the ledger
go to one shared stream, since a Channel that nobody holds has no reader. Events come back in signed batches. Losing any
entry is harmless: rows and the sweeper send it again, and the bridge sends again what we have not confirmed.
"""

from __future__ import annotations

import asyncio
import hmac
import json
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from hashlib import sha256
from typing import Any
from uuid import UUID

import orjson
import structlog
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from redis.asyncio import Redis

from esquadrao.gateways.redis_client import async_client
from esquadrao.settings import settings

log = structlog.get_logger()

WISHES = "esquadrao:wishes"
APPLIED = "esquadrao:applied"
EVENTS = "esquadrao:events:0"
TO_BRIDGE, TO_APP = "app→bridge", "bridge→app"
LONGEST_STREAM = 100_000  # entries; a bridge that is away for days must not fill Redis: rows are asked about anyway


# Of a Channel's own stream: only who holds its session can do these.
OF_THE_HOLDER = frozenset(
    {
        *("message.send", "message.read", "numbers.check", "presence", "contacts.sync"),
        "session.pair_code",
    }
)


def commands_of(channel_id: UUID) -> str:
    return f"esquadrao:commands:{channel_id}"


def qr_key(company_id: UUID, channel_id: UUID) -> str:
    return f"esquadrao:qr:{company_id}:{channel_id}"


def code_key(company_id: UUID, channel_id: UUID) -> str:
    return f"esquadrao:code:{company_id}:{channel_id}"


@cache
def _key(secret: str, direction: str) -> bytes:
    info = f"esquadrao {direction} v1".encode()
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=info).derive(secret.encode())


def signature(body: bytes, direction: str) -> str:
    """HMAC-SHA256 over the exact bytes that travel: no canonical form to disagree about."""
    secret = settings().bridge_secret.get_secret_value()
    return hmac.new(_key(secret, direction), body, sha256).hexdigest()


@dataclass(frozen=True, slots=True)
class Command:
    """One command of `bridge/contract/`; `shared` ones any bridge may take."""

    type: str
    company_id: UUID
    channel_id: UUID
    data: dict[str, Any] = field(default_factory=dict)

    @property
    def stream(self) -> str:
        return commands_of(self.channel_id) if self.type in OF_THE_HOLDER else WISHES

    def body(self) -> bytes:
        return orjson.dumps(
            {
                "v": 1,
                "id": uuid.uuid4().hex,
                "at": datetime.now(UTC),
                "type": self.type,
                "company": str(self.company_id),
                "channel": str(self.channel_id),
                "data": self.data,
            }
        )


_clients: dict[bool, tuple[asyncio.AbstractEventLoop, Redis]] = {}


def redis(*, blocking: bool = False) -> Redis:
    """A client of the streams for the running loop; `blocking` for XREAD that waits."""
    loop = asyncio.get_running_loop()
    known = _clients.get(blocking)
    if known is None or known[0] is not loop:
        known = (loop, async_client(settings().streams_url, blocking=blocking))
        _clients[blocking] = known
    return known[1]


async def close() -> None:
    for _, client in _clients.values():
        await client.aclose()
    _clients.clear()


async def send(commands: Iterable[Command]) -> None:
    """Write commands in one pipeline. Raises redis errors; callers let the sweeper find the rows."""
    pipeline = redis().pipeline(transaction=False)
    for command in commands:
        body = command.body()
        entry: dict[Any, Any] = {"body": body, "sig": signature(body, TO_BRIDGE)}
        pipeline.xadd(command.stream, entry, maxlen=LONGEST_STREAM, approximate=True)
    if len(pipeline):
        await pipeline.execute()


@dataclass(frozen=True, slots=True)
class Batch:
    """One signed entry of events as it came; `entry_id` is its place in the stream."""

    entry_id: bytes
    batch: str
    ledger_id: str
    events: list[dict[str, Any]]


async def read_events(*, count: int, wait: float) -> tuple[list[Batch], list[bytes]]:
    """The oldest entries of the event stream that are still there, and the ids of those nobody may trust.

    Entries are deleted once applied, so the beginning of the stream is always what comes next: no cursor can be
    wrong after a restart, a FLUSHALL or a restored database.
    """
    client = redis(blocking=True)
    found: Any = await client.xrange(EVENTS, count=count)
    if not found:
        await client.xread({EVENTS: "0"}, count=1, block=int(wait * 1000))
        found = await client.xrange(EVENTS, count=count)
    batches: list[Batch] = []
    refused: list[bytes] = []
    for entry_id, entry in found:
        batch = _trusted(entry_id, entry)
        if batch is None:
            refused.append(entry_id)
        else:
            batches.append(batch)
    return batches, refused


def _trusted(entry_id: bytes, entry: dict[bytes, bytes]) -> Batch | None:
    body, sig = entry.get(b"body", b""), entry.get(b"sig", b"").decode(errors="replace")
    if not hmac.compare_digest(signature(body, TO_APP), sig):
        return None
    try:
        read = _read(body)
        return Batch(entry_id, str(read["batch"]), str(read["ledger_id"]), list(read["events"]))
    except (ValueError, KeyError, TypeError):
        log.error("signed_batch_unreadable", size=len(body))  # noqa: TRY400  # its trace may quote a text
        return None


def _read(body: bytes) -> Any:
    """Raises ValueError. What somebody wrote may hold half a character: it must not have its whole batch refused."""
    try:
        read = orjson.loads(body)
    except orjson.JSONDecodeError:
        return _mended(json.loads(body))
    return _mended(read) if b"\\u0000" in body else read


def _mended(read: Any) -> Any:
    """PostgreSQL keeps no NUL, and UTF-8 no half of a surrogate pair: one in a name would stop all that comes after."""
    if isinstance(read, dict):
        return {key: _mended(value) for key, value in read.items()}
    if isinstance(read, list):
        return [_mended(value) for value in read]
    if not isinstance(read, str):
        return read
    return read.replace("\0", "").encode("utf-16", "surrogatepass").decode("utf-16", "replace")


async def confirm(batches: list[Batch], refused: list[bytes]) -> None:
    """After the commit: tell the bridge what is applied, then take the entries out of the stream."""
    pipeline = redis().pipeline(transaction=False)
    if batches:
        body = orjson.dumps(
            {"v": 1, "type": "events.applied", "batches": [one.batch for one in batches]}
        )
        pipeline.xadd(
            APPLIED, {"body": body, "sig": signature(body, TO_BRIDGE)}, maxlen=LONGEST_STREAM
        )
    pipeline.xdel(EVENTS, *[one.entry_id for one in batches], *refused)
    await pipeline.execute()
