"""What WhatsApp said of a Contact's number, and how long it is believed. Silence is no answer (defect D10).

A number is *known* while `checked_at` is younger than `KNOWN_FOR`: then `on_whatsapp` is exists or absent. Everything
that shows it writes both: the answer to a question (check.py), what the person wrote, a receipt, a refusal.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from esquadrao import sql
from esquadrao.contacts.models import OnWhatsApp
from esquadrao.database import db_now

# People change their numbers, and numbers their people: longer, and we would write to strangers.
KNOWN_FOR = timedelta(days=7)
# Evidence is written down at most so often a person: a receipt must not cost a write each.
RENEWED_AFTER = timedelta(days=1)
SERVER = "@s.whatsapp.net"
JID = re.compile(r"[1-9][0-9]{6,14}@s\.whatsapp\.net")
NOTHING_KNOWN: dict[str, object] = {
    "on_whatsapp": OnWhatsApp.NOT_CHECKED,
    "checked_at": None,
    "asked_at": None,
    "jid": "",
    "lid": "",
}
SEEN: dict[str, sql.Kind] = {
    "company_id": "uuid",
    "id": "uuid",
    "phone": "text",
    "jid": "text",
    "on_whatsapp": "text",
}


def known(alias: str) -> str:
    """The condition in SQL, over a contact; binds :known_since."""
    return f"({alias}.checked_at > :known_since)"


def unknown(alias: str) -> str:
    return f"({alias}.checked_at IS NULL OR {alias}.checked_at <= :known_since)"


def jid_of(phone: str) -> str:
    return phone.removeprefix("+") + SERVER


def to_phone(contact: Mapping[str, str]) -> str:
    """Where to write: the spelling WhatsApp knows, never a guess; without its word the number as it was given."""
    jid = contact["jid"]
    return f"+{jid.removesuffix(SERVER)}" if jid else contact["phone"]


@dataclass(frozen=True, slots=True)
class Evidence:
    """Something that happened and shows whether a number exists; `wrote_to` is its spelling there."""

    company_id: UUID
    contact_id: UUID
    phone: str
    wrote_to: str
    exists: bool


async def seen(evidence: Iterable[Evidence]) -> None:
    """Write down what was shown, inside the caller's transaction; of a number the Contact no longer has, nothing."""
    latest = {(one.company_id, one.contact_id): one for one in evidence}
    if not latest:
        return
    # In one order for all, or two who write of the same people wait for each other.
    rows = [(*key, latest[key].phone, *_shown(latest[key])) for key in sorted(latest)]
    moment = await db_now()
    await sql.update_each(
        "contact",
        sql.Given(SEEN, rows),
        on=("company_id", "id"),
        sets={
            "on_whatsapp": "v.on_whatsapp",
            "checked_at": ":moment",
            "jid": "CASE v.on_whatsapp WHEN 'exists' THEN v.jid ELSE '' END",
        },
        where="(t.phone = v.phone OR t.jid = v.jid) AND "
        "(t.checked_at IS NULL OR t.checked_at <= :renewed_since OR t.on_whatsapp <> v.on_whatsapp)",
        moment=moment,
        renewed_since=moment - RENEWED_AFTER,
    )


def _shown(one: Evidence) -> tuple[str, OnWhatsApp]:
    return jid_of(one.wrote_to), OnWhatsApp.EXISTS if one.exists else OnWhatsApp.ABSENT
