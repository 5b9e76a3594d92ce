from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from esquadrao.channels.pace import Spent
from esquadrao.messages import outbox
from esquadrao.messages.gate_codes import Allow

NOW = datetime(2026, 11, 24, 13, tzinfo=UTC)


@pytest.mark.parametrize(
    ("letters", "gap", "shown"),
    [(10, 30, 2_000), (100, 30, 5_000), (900, 30, 8_000), (900, 7, 0), (10, 1, 0), (10, 0, 0)],
)
def test_typing_is_shown_by_length_and_only_within_the_pause(
    letters: int, gap: float, shown: int
) -> None:
    spent = Spent(gap_until=NOW + timedelta(seconds=gap))
    for is_reply in (False, True):
        facts: Any = SimpleNamespace(is_reply=is_reply)
        turn = outbox.Turn({}, {"body": "x" * letters}, facts, Allow())
        assert outbox.typing_ms(turn, spent, NOW) == (0 if is_reply else shown)
