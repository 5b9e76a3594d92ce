"""A real installation with the demo's people and a real Chromium that tells on every page it opens."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, async_playwright

from tests import services
from tests.browser.visit import FLAGS
from tests.installation import Installation, installation

PASSWORD = "nove cavalos azuis no telhado"


@pytest.fixture(scope="module")
def here() -> Iterator[Installation]:
    """Everything runs; a QR waits for somebody to read it."""
    services.chromium()  # skips before the start
    with (
        tempfile.TemporaryDirectory(prefix="esq-") as path,
        installation(Path(path), settings={"SIMULATOR_AUTO_PAIR": "0"}) as made,
    ):
        made.run("esquadrao demo", ESQUADRAO_DEMO_PASSWORD=PASSWORD)
        yield made


@pytest.fixture
async def chromium() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=services.chromium(), args=FLAGS, chromium_sandbox=False
        )
        yield browser
        await browser.close()
