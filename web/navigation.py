"""The entries of the rail. What a Role may not see is absent; a page that does not exist yet has no entry."""

from __future__ import annotations

from dataclasses import dataclass

from esquadrao.companies.access import Permission, can
from esquadrao.companies.models import User
from esquadrao.words import N_


@dataclass(frozen=True, slots=True)
class Entry:
    address: str
    label: str
    icon: str
    permission: Permission | None = None
    also: tuple[str, ...] = ()
    is_current: bool = False


ENTRIES = (
    Entry("/", N_("Início"), "house"),
    Entry(
        "/contacts",
        N_("Contatos"),
        "users",
        Permission.CONTACTS_READ,
        ("/imports", "/contact-lists", "/contact-fields", "/suppressions"),
    ),
    Entry("/campaigns", N_("Campanhas"), "send", Permission.CAMPAIGNS_SEE, ("/sending-rules",)),
    Entry(
        "/channels",
        N_("Conexões"),
        "smartphone",
        Permission.CHANNELS_SEE,
        ("/sending-hours",),
    ),
)


def entries(user: User, path: str) -> list[Entry]:
    """Those this person may open, with the one they are in marked."""
    seen = []
    for one in ENTRIES:
        if one.permission and not can(user, one.permission):
            continue
        roots = (one.address, *one.also)
        here = any(path == root or (root != "/" and path.startswith(f"{root}/")) for root in roots)
        seen.append(Entry(one.address, one.label, one.icon, one.permission, one.also, here))
    return seen
