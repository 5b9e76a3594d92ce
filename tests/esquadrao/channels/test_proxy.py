"""A Channel's own proxy: tried before it is kept, its password sealed, shown to nobody, handed to the bridge alone."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import orjson
import pytest
import redis

from esquadrao.channels import pair, proxy
from esquadrao.channels.choose_proxy import choose_proxy
from esquadrao.channels.models import Channel
from esquadrao.channels.proxy import Proxy
from esquadrao.errors import Forbidden, Invalid, NotFound
from esquadrao.gateways import bridge, proxy_trial
from esquadrao.gateways.proxy_trial import ProxyError
from esquadrao.settings import settings
from tests.conftest import Cast
from tests.factories import make_channel

PASSWORD = "planted-secret"  # of the proxy below


@asynccontextmanager
async def http_proxy(password: str = PASSWORD) -> AsyncIterator[tuple[int, list[bytes]]]:
    """Opens a way for who knows the password; gives its port and the heads it read."""
    heads: list[bytes] = []
    wanted = b64encode(f"loja:{password}".encode())

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append(await reader.readuntil(b"\r\n\r\n"))
        is_known = b"Basic " + wanted in heads[-1]
        status = b"200 Connection established" if is_known else b"407 Who are you"
        writer.write(b"HTTP/1.1 " + status + b"\r\n\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1], heads


@asynccontextmanager
async def socks_proxy(password: str = PASSWORD) -> AsyncIterator[int]:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        _, many = await reader.readexactly(2)
        ways = await reader.readexactly(many)
        writer.write(bytes([5, 2 if 2 in ways else 255]))
        if 2 in ways:
            user = await reader.readexactly((await reader.readexactly(2))[1])
            secret = await reader.readexactly((await reader.readexactly(1))[0])
            is_known = (user, secret) == (b"loja", password.encode())
            writer.write(bytes([1, 0 if is_known else 1]))
            if is_known:
                *_, size = await reader.readexactly(5)
                await reader.readexactly(size + 2)
                writer.write(bytes([5, 0, 0, 1, 0, 0, 0, 0, 0, 0]))
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


@pytest.fixture
async def channel(sqlite_cast: Cast) -> Channel:
    return await make_channel(sqlite_cast.alfa, is_connected=False)


async def test_a_proxy_that_works_is_kept_sealed_and_handed_to_the_bridge(
    sqlite_cast: Cast, channel: Channel, clean_redis: redis.Redis
) -> None:
    cast = sqlite_cast
    async with http_proxy() as (port, heads):
        address = f"http://loja@127.0.0.1:{port}"
        kept = await choose_proxy(
            cast.alfa, cast.ana, channel.id, address=address, password=PASSWORD
        )
        assert heads[0].startswith(b"CONNECT web.whatsapp.com:443 HTTP/1.1\r\n")
        # Saved again as it stands, the password stays.
        await choose_proxy(cast.alfa, cast.ana, channel.id, address=address)
    assert kept.proxy == address
    assert PASSWORD not in str(kept.proxy_password)
    assert proxy.masked(kept) == f"http://loja:{proxy.MASK}@127.0.0.1:{port}"
    await pair.start(cast.alfa, cast.ana, channel.id)
    entries: Any = clean_redis.xrange(bridge.WISHES)
    ((_, entry),) = entries
    data = orjson.loads(entry[b"body"])["data"]
    assert data["proxy"] == f"http://loja:{PASSWORD}@127.0.0.1:{port}"


async def test_a_kept_password_is_never_sent_to_another_host(
    sqlite_cast: Cast, channel: Channel
) -> None:
    cast = sqlite_cast
    async with http_proxy() as (port, _), http_proxy() as (other, heads):
        place = f"http://loja@127.0.0.1:{port}"
        await choose_proxy(cast.alfa, cast.ana, channel.id, address=place, password=PASSWORD)
        with pytest.raises(Invalid):
            await choose_proxy(
                cast.alfa, cast.ana, channel.id, address=f"http://loja@127.0.0.1:{other}"
            )
    assert b64encode(f"loja:{PASSWORD}".encode()) not in heads[0]
    assert (await Channel.one(cast.alfa, channel.id)).proxy == place


async def test_socks_signs_in_and_a_wrong_password_is_told(
    sqlite_cast: Cast, channel: Channel
) -> None:
    del sqlite_cast, channel
    async with socks_proxy() as port:
        await proxy_trial.attempt(Proxy("socks5", "127.0.0.1", port, "loja", PASSWORD))
        with pytest.raises(ProxyError) as wrong:
            await proxy_trial.attempt(Proxy("socks5", "127.0.0.1", port, "loja", "other"))
        assert wrong.value.code == "sign_in"


async def test_what_does_not_answer_is_not_kept(sqlite_cast: Cast, channel: Channel) -> None:
    cast = sqlite_cast
    async with http_proxy() as (port, _):
        pass
    with pytest.raises(Invalid) as refused:
        await choose_proxy(cast.alfa, cast.ana, channel.id, address=f"http://127.0.0.1:{port}")
    assert refused.value.code == "proxy_unreachable"
    assert (await Channel.one(cast.alfa, channel.id)).proxy == ""


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "127.1", "10.0.0.7", "192.168.1.1", "169.254.169.254", "::1", "::ffff:127.0.0.1"],
)
async def test_production_reaches_public_addresses_alone(
    host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("APP_ENV", "production")
    monkeypatch.setenv("BASE_URL", "https://esquadrao.example")
    monkeypatch.setenv("ALLOW_SIMULATOR", "1")
    settings.cache_clear()
    with pytest.raises(ProxyError) as refused:
        await proxy_trial.attempt(Proxy("http", host, 8080))
    assert refused.value.code == "private"


@pytest.mark.parametrize(
    "address",
    ["ftp://a.example", "http://", "http://a.example/path", "a.example:1080"],
)
def test_what_is_no_proxy_is_refused(address: str) -> None:
    with pytest.raises(Invalid):
        proxy.read(address)
    with pytest.raises(Invalid):  # it would begin a header of its own
        proxy.read("http://loja@a.example", "b\r\nX: y")


async def test_only_who_may_pair_chooses_and_only_of_their_own(
    sqlite_cast: Cast, channel: Channel
) -> None:
    cast = sqlite_cast
    with pytest.raises(Forbidden):
        await choose_proxy(cast.alfa, cast.bruno, channel.id, address="")
    with pytest.raises(NotFound):
        await choose_proxy(cast.beta, cast.carla, channel.id, address="")
