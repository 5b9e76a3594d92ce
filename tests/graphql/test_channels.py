from __future__ import annotations

from esquadrao.channels.models import Channel
from esquadrao_graphql.ids import Kind, opaque
from tests.api import Program, operation
from tests.conftest import Cast
from tests.esquadrao.channels.test_proxy import PASSWORD, http_proxy
from tests.factories import make_channel


async def test_a_proxy_is_tried_kept_and_never_told_again(ana: Program, sqlite_cast: Cast) -> None:
    channel = await make_channel(sqlite_cast.alfa, is_connected=False)
    asked = {"id": opaque(Kind.CHANNEL, channel.id)}
    async with http_proxy() as (port, _):
        place = {"proxy": f"http://loja@127.0.0.1:{port}"}
        answer = await ana.ask(
            operation("ChannelProxyChoose"), input=asked | place | {"password": "wrong"}
        )
        refused = answer["data"]["channelProxyChoose"]
        assert refused["code"] == "PROXY_SIGN_IN"
        made = await ana.run("ChannelProxyChoose", input=asked | place | {"password": PASSWORD})
        assert made["channel"]["hasProxy"]
        assert PASSWORD not in str(made)
    made = await ana.run("ChannelProxyChoose", input=asked | {"proxy": None})
    assert not made["channel"]["hasProxy"]
    assert (await Channel.one(sqlite_cast.alfa, channel.id)).proxy_password is None
