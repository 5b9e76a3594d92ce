"""A running installation with a paired Channel and a Campaign ready to start, on SQLite and on PostgreSQL."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from esquadrao.channels import pair
from esquadrao.channels.models import Channel
from esquadrao.database import close_database, migrate, open_database
from esquadrao.gateways import bridge, live, queue
from esquadrao.settings import settings
from tests import conftest, services
from tests.factories import make_campaign, make_contacts, make_list
from tests.faults.story import BODY, Story
from tests.installation import FAST, Installation, installation

ENGINES = ("sqlite", "postgres")
PAIRS_WITHIN = 20.0  # s


@pytest.fixture(params=ENGINES)
async def running(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Installation]:
    """Real processes over a clean database; this process speaks to the same database and Redis."""
    with tempfile.TemporaryDirectory(prefix="esq-") as path:  # short: a socket's path is bounded
        folder = Path(path)
        url = services.database_url(request.param, folder)
        if request.param == "postgres":
            await _emptied(url)
        with installation(folder, database_url=url) as here:
            for name in ("DATABASE_URL", "REDIS_URL", "STORAGE_URL", *FAST):
                monkeypatch.setenv(name, here.env[name])
            settings.cache_clear()
            queue.broker.cache_clear()
            await open_database(url)
            yield here
            await live.close()
            await bridge.close()
            await close_database()


async def _emptied(url: str) -> None:
    await migrate(url)
    await open_database(url)
    await conftest.empty("postgres")
    await close_database()


@pytest.fixture
def people(request: pytest.FixtureRequest) -> int:
    """How many Contacts: the great fire has 2,000 on SQLite, where everybody runs it."""
    if "kill_nine" not in request.node.name:
        return 240
    return 2_000 if request.node.name.endswith("[sqlite]") else 600


@pytest.fixture
async def story(running: Installation, people: int) -> Story:
    cast = await conftest.make_cast()
    channel = await pair.create(cast.alfa, cast.ana, name="Vendas 1")
    await pair.start(cast.alfa, cast.ana, channel.id)

    async def is_connected() -> bool:
        return (await Channel.one(cast.alfa, channel.id)).is_connected

    await running.until("the channel paired", is_connected, within=PAIRS_WITHIN)
    contacts = await make_contacts(cast.alfa, people)
    campaign = await make_campaign(
        cast.ana, channel, await make_list(cast.alfa, contacts), body=BODY
    )
    return Story(running, cast, channel, campaign, contacts)
