"""Opaque ids. Inside: what it is and its key. A Delivery's key counts upwards, so it is signed and cannot be guessed.

Malformed, of another type, another Company's, deleted, random: the caller sees one and the same NotFound.
"""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from enum import Enum
from hashlib import sha256
from uuid import UUID

import strawberry

from esquadrao.errors import NotFound
from esquadrao.settings import settings

SEAL = 8  # bytes; 2**64 guesses for one foreign row, which the Company's scope would still refuse
NUMBER = 8  # bytes of a BIGINT
UUID_BYTES = 16
LONGEST = 64


class Kind(Enum):
    """The first byte of an id; it never changes."""

    COMPANY = b"o"
    USER = b"u"
    CHANNEL = b"h"
    CONTACT = b"c"
    CONTACT_LIST = b"l"
    CAMPAIGN = b"m"
    DELIVERY = b"d"
    SUPPRESSION = b"s"


def opaque(kind: Kind, row_id: UUID) -> strawberry.ID:
    return strawberry.ID(_text(kind.value + row_id.bytes))


def signed(kind: Kind, row_id: int, *, company_id: UUID) -> strawberry.ID:
    plain = kind.value + row_id.to_bytes(NUMBER, "big")
    return strawberry.ID(_text(plain + _seal(plain, company_id, settings().signing_keys[0])))


def uuid_of(kind: Kind, text: str) -> UUID:
    """Raises NotFound."""
    raw = _bytes(text)
    if len(raw) != 1 + UUID_BYTES or raw[:1] != kind.value:
        raise NotFound
    return UUID(bytes=raw[1:])


def number_of(kind: Kind, text: str, *, company_id: UUID) -> int:
    """Raises NotFound."""
    raw = _bytes(text)
    plain, seal = raw[: 1 + NUMBER], raw[1 + NUMBER :]
    keys = settings().signing_keys
    is_ours = any(hmac.compare_digest(seal, _seal(plain, company_id, key)) for key in keys)
    if len(plain) != 1 + NUMBER or plain[:1] != kind.value or not is_ours:
        raise NotFound
    return int.from_bytes(plain[1:], "big")


def kind_of(text: str) -> Kind:
    """Raises NotFound."""
    try:
        return Kind(_bytes(text)[:1])
    except ValueError:
        raise NotFound from None


def _seal(plain: bytes, company_id: UUID, key: bytes) -> bytes:
    return hmac.new(key, b"graphql id\0" + company_id.bytes + plain, sha256).digest()[:SEAL]


def _text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    if len(text) > LONGEST or not text.isascii():
        raise NotFound
    try:
        raw = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        raise NotFound from None
    if _text(raw) != text:  # one id, one spelling
        raise NotFound
    return raw
