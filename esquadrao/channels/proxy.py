"""A proxy of a Channel's own: how it is written, kept, shown and handed to the bridge.

The address stands on the row without its password, which is sealed for that row alone; nobody is ever shown it again.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import quote, unquote, urlsplit

import structlog

from esquadrao.channels.models import Channel
from esquadrao.companies.keys import SealBroken, seal, unseal
from esquadrao.errors import Invalid
from esquadrao.words import N_

log = structlog.get_logger()
PORTS = {
    "http": 8080,
    "https": 443,
    "socks5": 1080,
}  # where a proxy of the scheme listens as a rule
LONGEST = 300  # characters, the column's
LONGEST_SECRET = 200  # characters of a user or a password
HOST = re.compile(r"[A-Za-z0-9._:-]{1,253}")
MASK = "••••••"
UNREADABLE = N_("Escreva como socks5://usuario@proxy.exemplo.com:1080; também http:// e https://.")


@dataclass(frozen=True, slots=True)
class Proxy:
    scheme: str
    host: str
    port: int
    user: str = ""
    password: str = ""

    @property
    def shown(self) -> str:
        """Without the password: what the row keeps."""
        name = f"{quote(self.user, safe='')}@" if self.user else ""
        return f"{self.scheme}://{name}{self._place}"

    @property
    def address(self) -> str:
        """The whole of it, for the bridge."""
        if not self.user and not self.password:
            return self.shown
        secret = f"{quote(self.user, safe='')}:{quote(self.password, safe='')}"
        return f"{self.scheme}://{secret}@{self._place}"

    @property
    def _place(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


def read(address: str, password: str = "") -> Proxy:
    """What a person typed; a password within the address counts where none is given apart. Raises Invalid."""
    try:
        parts = urlsplit(address.strip())
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise Invalid.field("proxy", "proxy_unreadable", UNREADABLE) from None
    user, secret = unquote(parts.username or ""), password or unquote(parts.password or "")
    is_bare = parts.path in ("", "/") and not parts.query and not parts.fragment
    is_short = max(len(user), len(secret)) <= LONGEST_SECRET
    # A line break within would end a header of the handshake and begin another.
    is_one_line = (user + secret).isprintable()
    if (
        parts.scheme not in PORTS
        or not HOST.fullmatch(host)
        or not (is_bare and is_short and is_one_line)
    ):
        raise Invalid.field("proxy", "proxy_unreadable", UNREADABLE)
    found = Proxy(parts.scheme, host, port or PORTS[parts.scheme], user, secret)
    if len(found.shown) > LONGEST:
        raise Invalid.field("proxy", "proxy_unreadable", UNREADABLE)
    return found


def columns_of(channel: Channel, proxy: Proxy | None) -> dict[str, object]:
    if proxy is None:
        return {"proxy": "", "proxy_password": None}
    sealed = seal(proxy.password.encode(), context=_context(channel)) if proxy.password else None
    return {"proxy": proxy.shown, "proxy_password": sealed}


def of(channel: Channel) -> Proxy | None:
    """As it was chosen. Raises SealBroken where its FIELD_KEYS are gone."""
    if not channel.proxy:
        return None
    sealed = channel.proxy_password
    password = unseal(sealed, context=_context(channel)).decode() if sealed else ""
    return read(channel.proxy, password)


def address_of(channel: Channel) -> str | None:
    """For `session.start`. A password that no longer opens is left out: the proxy then refuses, and the page says so;
    going around the proxy would show WhatsApp another address than the one that was chosen.
    """
    try:
        found = of(channel)
    except SealBroken:
        log.exception("proxy_password_does_not_open", channel_id=str(channel.id))
        return channel.proxy
    return found.address if found else None


def masked(channel: Channel) -> str:
    """For people and programs: whether there is a password, never which."""
    found = channel.proxy
    if not channel.proxy_password:
        return found
    scheme, _, rest = found.partition("://")
    user, at, place = rest.rpartition("@")
    return f"{scheme}://{user}:{MASK}@{place}" if at else f"{scheme}://:{MASK}@{place}"


def _context(channel: Channel) -> str:
    return f"channel:proxy_password:{channel.company_id}:{channel.id}"
