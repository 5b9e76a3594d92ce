"""Try a proxy before it is used: reach it, sign in, and have it open a way to WhatsApp; then hang up.

Only public addresses are reached in production, by the address that was resolved once, so that no name can lead into
the installation's own network (security.md, SSRF).
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import socket
import ssl
from base64 import b64encode
from collections.abc import AsyncIterator
from http import HTTPStatus
from typing import Protocol

from esquadrao.errors import GatewayError
from esquadrao.settings import settings

WITHIN = 10.0  # s for all of it
LONGEST_ANSWER = 8_192  # bytes of a proxy's head
TARGET, TARGET_PORT = "web.whatsapp.com", 443
SOCKS, NO_AUTH, BY_PASSWORD, CONNECT, BY_NAME = 5, 0, 2, 1, 3


class Place(Protocol):
    """What of a proxy is needed to try it."""

    @property
    def scheme(self) -> str: ...
    @property
    def host(self) -> str: ...
    @property
    def port(self) -> int: ...
    @property
    def user(self) -> str: ...
    @property
    def password(self) -> str: ...


class ProxyError(GatewayError):
    """`code`: unresolved, private, unreachable, sign_in, refused."""

    code = "proxy"


async def attempt(proxy: Place) -> None:
    """Raises ProxyError."""
    try:
        async with asyncio.timeout(WITHIN):
            address = await _resolved(proxy)
            async with _connected(proxy, address) as (reader, writer):
                shake = _socks if proxy.scheme == "socks5" else _http
                await shake(proxy, reader, writer)
    except (TimeoutError, OSError, EOFError, ValueError) as error:
        # EOFError: hung up in the middle; ValueError: a head without an end.
        raise ProxyError("unreachable", permanent=False) from error


async def _resolved(proxy: Place) -> str:
    """Every address the name has must be public, and the first is the one that is reached."""
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(proxy.host, proxy.port, type=socket.SOCK_STREAM)
    except (socket.gaierror, UnicodeError) as error:
        raise ProxyError("unresolved", permanent=False) from error
    addresses = [str(one[4][0]) for one in found]
    if settings().app_env == "production" and not all(map(_is_public, addresses)):
        raise ProxyError("private", permanent=True)
    return addresses[0]


def _is_public(address: str) -> bool:
    read = ipaddress.ip_address(address.partition("%")[0])
    mapped = getattr(read, "ipv4_mapped", None) or getattr(read, "sixtofour", None)
    return (mapped or read).is_global and not (mapped or read).is_multicast


@contextlib.asynccontextmanager
async def _connected(
    proxy: Place, address: str
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    secure = ssl.create_default_context() if proxy.scheme == "https" else None
    reader, writer = await asyncio.open_connection(
        address,
        proxy.port,
        ssl=secure,
        server_hostname=proxy.host if secure else None,
        limit=LONGEST_ANSWER,
    )
    try:
        yield reader, writer
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


async def _http(proxy: Place, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    there = f"{TARGET}:{TARGET_PORT}"
    lines = [f"CONNECT {there} HTTP/1.1", f"Host: {there}"]
    if proxy.user or proxy.password:
        told = b64encode(f"{proxy.user}:{proxy.password}".encode()).decode()
        lines.append(f"Proxy-Authorization: Basic {told}")
    writer.write("\r\n".join([*lines, "", ""]).encode())
    await writer.drain()
    head = await _head(reader)
    status = head.split(b" ", 2)[1:2]
    if status == [str(HTTPStatus.PROXY_AUTHENTICATION_REQUIRED.value).encode()]:
        raise ProxyError("sign_in", permanent=True)
    if not (head.startswith(b"HTTP/1.") and status and status[0].startswith(b"2")):
        raise ProxyError("refused", permanent=True)


async def _head(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.readuntil(b"\r\n\r\n")
    except asyncio.LimitOverrunError as error:
        raise ProxyError("refused", permanent=True) from error


async def _socks(proxy: Place, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    ways = [NO_AUTH, BY_PASSWORD] if proxy.user or proxy.password else [NO_AUTH]
    writer.write(bytes([SOCKS, len(ways), *ways]))
    await writer.drain()
    version, way = await reader.readexactly(2)
    if version != SOCKS:
        raise ProxyError("refused", permanent=True)
    if way not in ways:
        raise ProxyError("sign_in", permanent=True)
    if way == BY_PASSWORD:
        user, password = proxy.user.encode(), proxy.password.encode()
        writer.write(bytes([1, len(user), *user, len(password), *password]))
        await writer.drain()
        if (await reader.readexactly(2))[1] != 0:
            raise ProxyError("sign_in", permanent=True)
    name = TARGET.encode()
    port = TARGET_PORT.to_bytes(2, "big")
    writer.write(bytes([SOCKS, CONNECT, 0, BY_NAME, len(name), *name, *port]))
    await writer.drain()
    if (await reader.readexactly(2))[1] != 0:
        raise ProxyError("refused", permanent=True)
