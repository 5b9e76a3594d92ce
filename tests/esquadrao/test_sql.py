from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import pytest

from esquadrao import sql
from esquadrao.channels.models import Channel
from esquadrao.database import Dialect, db_now
from tests.conftest import Cast
from tests.factories import make_channel

ID = UUID("01932c07-209c-7c6f-9d3c-000000000001")


@pytest.mark.parametrize(
    ("engine", "text", "bound"),
    [
        ("sqlite", "id = ? AND n IN (?, ?)", [str(ID), 1, 2]),
        ("mysql", "id = %s AND n IN (%s, %s)", [str(ID), 1, 2]),
        ("postgres", "id = $1 AND n = ANY($2)", [ID, [1, 2]]),
    ],
)
def test_a_statement_is_written_in_the_engines_own_spelling(
    engine: Dialect, text: str, bound: list[object]
) -> None:
    assert sql.written("id = :id AND n IN :numbers", {"id": ID, "numbers": [1, 2]}, engine) == (
        text,
        bound,
    )


def test_a_cast_is_no_parameter() -> None:
    assert sql.written("SELECT :a::bigint", {"a": 1}, "postgres") == ("SELECT $1::bigint", [1])


async def test_moments_compare_as_moments_whatever_their_zone(cast: Cast) -> None:
    """On SQLite a moment is text: the same instant written in another zone must not compare as later or earlier."""
    channel = await make_channel(cast.alfa)
    for micro in (0, 1, 999_999):
        at = datetime(2026, 11, 23, 12, 0, 0, micro, tzinfo=UTC)
        await Channel.of(cast.alfa).filter(id=channel.id).update(next_send_at=at)
        for zone in (UTC, timezone(timedelta(hours=-3)), timezone(timedelta(hours=9))):
            for shift, expected in ((-1, 0), (0, 1), (1, 1)):
                moment = (at + timedelta(microseconds=shift)).astimezone(zone)
                found = await sql.rows(
                    "SELECT id FROM channel WHERE company_id = :company AND next_send_at <= :moment",
                    company=cast.alfa.id,
                    moment=moment,
                )
                assert len(found) == expected, (micro, zone, shift)


async def test_the_databases_clock_is_an_aware_utc_moment(db: str) -> None:
    first, second = await db_now(), await db_now()
    assert first.utcoffset() == timedelta(0)
    assert first <= second
    assert abs(first - datetime.now(UTC)) < timedelta(minutes=1)
