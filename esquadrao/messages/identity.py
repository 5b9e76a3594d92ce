"""The id WhatsApp sees: fixed by who gets what, never by a sequence (handover.md, Identity)."""

from __future__ import annotations

import hmac
from hashlib import sha256
from uuid import UUID

PREFIX = "3EB0"  # how WhatsApp Web itself begins the ids it makes
HEX_DIGITS = 18


def campaign_wa_id(wa_key: str, *, campaign_id: UUID, contact_id: UUID, step: int) -> str:
    """`3EB0` + 18 upper hex of HMAC-SHA256(Company key, campaign ‖ contact ‖ step).

    The same person in the same campaign has the same id after any restart, rerun or restore.
    """
    said = campaign_id.bytes + contact_id.bytes + step.to_bytes(2, "big", signed=True)
    return PREFIX + hmac.new(bytes.fromhex(wa_key), said, sha256).hexdigest()[:HEX_DIGITS].upper()


def body_digest(body: str) -> str:
    """What the ledger compares: the same id with another body is refused and alarmed."""
    return sha256(body.encode()).hexdigest()
