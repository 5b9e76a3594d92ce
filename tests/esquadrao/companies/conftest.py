from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import time_machine

PASSWORD = "barco verde na chuva 7"
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture
def noon() -> Iterator[time_machine.Traveller]:
    """The clock is ours: it stands at noon until a test shifts it."""
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller
