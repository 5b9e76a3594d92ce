"""Keys of the installation at work on fields: sealed values (FIELD_KEYS) and keyed hashes (LOOKUP_KEY).

The first key of FIELD_KEYS seals, all of them unseal: a key is turned by putting a new one in front. LOOKUP_KEY never
changes, or no e-mail would be found again.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from esquadrao.settings import settings

VERSION = "1"
NONCE = 12  # bytes, the length GCM is specified for; random, so a key serves 2**32 seals
KID = 8  # hex digits that name a key: enough to tell the few of one list apart


class SealBroken(RuntimeError):
    """A sealed value cannot be opened: other context, changed bytes, or its key is gone."""


def seal(plain: bytes, *, context: str) -> str:
    """Encrypt for this `context` (table, column, id): the text moved to another row does not open there."""
    key = _field_keys()[0]
    nonce = secrets.token_bytes(NONCE)
    sealed = AESGCM(key).encrypt(nonce, plain, context.encode())
    return f"{VERSION}.{_kid(key)}.{urlsafe_b64encode(nonce + sealed).decode()}"


def unseal(text: str, *, context: str) -> bytes:
    """What was sealed with any key still listed. Raises SealBroken."""
    version, _, rest = text.partition(".")
    kid, _, body = rest.partition(".")
    key = next((one for one in _field_keys() if _kid(one) == kid), None)
    if version != VERSION or key is None:
        raise SealBroken(context)
    try:
        raw = urlsafe_b64decode(body)
        return AESGCM(key).decrypt(raw[:NONCE], raw[NONCE:], context.encode())
    except (InvalidTag, ValueError) as error:
        raise SealBroken(context) from error


def lookup_hash(kind: str, text: str) -> str:
    """A keyed hash to find a row by what must not be read from it; `kind` keeps two uses apart."""
    key = settings().lookup_key.get_secret_value().strip().encode()
    return hmac.new(key, f"{kind}\0{text}".encode(), hashlib.sha256).hexdigest()


def _field_keys() -> list[bytes]:
    """AES-256 keys from secrets of any length, labelled so that the same secret elsewhere gives another key."""
    listed = settings().field_keys.get_secret_value().split(",")
    return [hashlib.sha256(b"esquadrao field\0" + one.strip().encode()).digest() for one in listed]


def _kid(key: bytes) -> str:
    return hashlib.sha256(b"kid\0" + key).hexdigest()[:KID]
