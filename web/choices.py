"""After a right password that fits several Companies: a signed note of who it fitted, so that the page which asks
"which one?" never holds the password.
"""

from __future__ import annotations

import hashlib
import hmac
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from uuid import UUID

import orjson

from esquadrao.settings import settings

LIVES = 180  # s to choose


def note(users: list[tuple[UUID, UUID]], *, browser: str) -> str:
    """`users` as (company_id, user_id); only the same browser may hand it back."""
    body = orjson.dumps(
        {"u": [[str(a), str(b)] for a, b in users], "b": browser, "t": int(time.time()) + LIVES}
    )
    return urlsafe_b64encode(body).decode() + "." + _sign(body, settings().signing_keys[0])


def read(text: str, *, browser: str) -> list[tuple[UUID, UUID]]:
    """Empty for a note that is not ours, not this browser's, or too old."""
    packed, _, signature = text.partition(".")
    try:
        body = urlsafe_b64decode(packed.encode())
    except ValueError:
        return []
    if not any(hmac.compare_digest(_sign(body, key), signature) for key in settings().signing_keys):
        return []
    said = orjson.loads(body)
    if said["b"] != browser or said["t"] < time.time():
        return []
    return [(UUID(company), UUID(user)) for company, user in said["u"]]


def _sign(body: bytes, key: bytes) -> str:
    return hmac.new(key, b"choice\0" + body, hashlib.sha256).hexdigest()
