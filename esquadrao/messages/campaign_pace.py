"""A Campaign's own pace: it only slows its Channel, and nothing else that leaves over it.

What is left of its pause is a moment on the Campaign, moved in the transaction that claims. While it lasts the claim
looks past the Campaign, so that others of the Channel and replies keep the Channel's pace alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from esquadrao import sql
from esquadrao.channels.pace import Range
from esquadrao.messages.gate_codes import By, Setter
from esquadrao.sql import uuid

SPREAD = 1.5  # a pause is drawn from the least to so many times it: one that is always the same is a machine's (D14)
COLUMNS = ("own_gap", "own_gap_until", "pace_set_by", "pace_set_at")
SLOWED = f"""
SELECT k.id, {", ".join(f"k.{name}" for name in COLUMNS)}
FROM :keys AS v JOIN campaign k ON k.company_id = v.company_id AND k.id = v.id WHERE k.own_gap IS NOT NULL"""
KEY: dict[str, sql.Kind] = {"company_id": "uuid", "id": "uuid"}
UNTIL: dict[str, sql.Kind] = {"company_id": "uuid", "id": "uuid", "until": "timestamptz"}
Slowed = tuple[UUID, UUID, datetime]  # company, campaign, until when it waits


@dataclass(frozen=True, slots=True)
class OwnPace:
    gap: Range = Range(0, 0)  # noqa: RUF009  # frozen
    until: datetime | None = None
    set_by: Setter = Setter(By.CAMPAIGN)  # noqa: RUF009  # frozen


NONE = OwnPace()


def own_pace(row: Mapping[str, Any]) -> OwnPace:
    """Of a Campaign's COLUMNS."""
    least = row["own_gap"]
    if not least:
        return NONE
    user_id = row["pace_set_by"]
    set_by = Setter(By.CAMPAIGN, uuid(user_id) if user_id else None, sql.moment(row["pace_set_at"]))
    return OwnPace(gap_from(least), sql.moment(row["own_gap_until"]), set_by)


def gap_from(least: int) -> Range:
    return Range(least, least * SPREAD)


async def of_campaigns(messages: Iterable[Mapping[str, Any]]) -> dict[UUID, OwnPace]:
    """Of the Campaigns of these Messages: those that have a pace of their own, in one statement."""
    keys = {
        (uuid(one["company_id"]), uuid(one["campaign_id"]))
        for one in messages
        if one["campaign_id"] is not None
    }
    found = await sql.rows(SLOWED, keys=sql.Given(KEY, sorted(keys))) if keys else []
    return {uuid(row["id"]): own_pace(row) for row in found}


def slowed(
    claimed: Iterable[tuple[Mapping[str, Any], Range]], now: datetime, random: Random
) -> list[Slowed]:
    """Of claimed Messages and the gaps of their Campaigns: those that wait from now on, and until when."""
    return [
        (uuid(one["company_id"]), uuid(one["campaign_id"]), until(gap, now, random))
        for one, gap in claimed
        if gap.most and one["campaign_id"] is not None
    ]


def until(gap: Range, now: datetime, random: Random) -> datetime:
    return now + timedelta(seconds=gap.draw(random))


async def hold(slowed: Sequence[Slowed]) -> None:
    """After the counters of these Campaigns moved: their rows are locked by then, in the order everybody keeps."""
    if slowed:
        await sql.update_each(
            "campaign",
            sql.Given(UNTIL, slowed),
            on=("company_id", "id"),
            sets={"own_gap_until": "v.until"},
            where="t.own_gap IS NOT NULL",
        )
