"""One ground for all: SQLite, whose one writer is the hardest to share. The long form takes the three databases."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from esquadrao.settings import settings
from tests.faults.conftest import lit
from tests.faults_bridge.ground import BridgeGround, made


@pytest.fixture
async def ground(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[BridgeGround]:
    """The fake WhatsApp runs, and nothing else; this process speaks to the same database and Redis."""
    here = made("sqlite")
    try:
        monkeypatch.setenv("WHATSAPP", "fake")
        settings.cache_clear()
        async with lit(here, monkeypatch):
            here.start_whatsapp()
            yield here
    finally:
        here.stop()
