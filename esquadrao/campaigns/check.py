"""The existence check of stage prepare: whom WhatsApp is asked about next, and who is rung when it answers.

It runs ahead of the window, so that the pace does not wait while the bridge answers. Who gets no answer stays chosen
and is asked again; they keep nobody behind them from being prepared, nor from being asked (defect D10).
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from esquadrao import sql
from esquadrao.campaigns.window import LOOK, MOST, Window, waiting
from esquadrao.contacts import check as numbers
from esquadrao.contacts.check import Asked
from esquadrao.contacts.numbers import KNOWN_FOR, known, unknown
from esquadrao.database import db_now
from esquadrao.jobs import PrepareCampaign
from esquadrao.sql import uuid
from esquadrao.unit_of_work import Work

FEWEST = 25  # people known or asked about beyond the window: one question, each in two spellings
PAGES = 5  # a turn looks at so many behind the first
MOST_PLACES = 10_000  # campaigns remembered; beyond it all begin again at their first page

PEOPLE = f"""
SELECT d.id, d.contact_id, p.asked_at, CASE WHEN {known("p")} THEN 1 ELSE 0 END AS is_known
FROM :page AS d JOIN contact p ON p.company_id = :company AND p.id = d.contact_id ORDER BY d.id"""
END = "SELECT MAX(d.id) AS last, COUNT(*) AS many FROM :page AS d"
WAITS = f"""
SELECT d.id FROM :page AS d JOIN contact p ON p.company_id = :company AND p.id = d.contact_id
WHERE {unknown("p")} LIMIT 1"""
WAITING = """
SELECT DISTINCT k.id, k.company_id FROM :people AS v
JOIN delivery d ON d.company_id = v.company_id AND d.contact_id = v.id
JOIN campaign k ON k.company_id = d.company_id AND k.id = d.campaign_id
WHERE d.state = 'chosen' AND k.state = 'running'"""
KEY: dict[str, sql.Kind] = {"company_id": "uuid", "id": "uuid"}
# Where the next look behind the first page begins: forgotten with the process, which costs a lap.
_places: dict[UUID, int] = {}


@dataclass(frozen=True, slots=True)
class Next:
    """One who waits, as a question sees them."""

    contact_id: UUID
    is_known: bool
    asked_at: datetime | None


async def check(window: Window) -> int:
    """Ask about those who come after the window; returns how many were asked."""
    if not window.is_connected:  # nobody would answer
        return 0
    moment, wanted = await db_now(), max(window.size, FEWEST)
    if all(one.is_known for one in (await _people(window, moment, most=MOST))[:wanted]):
        return 0
    first = await _people(window, moment)
    chosen = _chosen(first, moment, wanted)
    is_stuck = len(first) == LOOK and all(one.is_known or one.asked_at for one in first)
    if is_stuck and (place := _places.get(window.campaign_id)):
        chosen += _chosen(await _people(window, moment, after=place), moment, wanted)
    if not chosen:
        return 0
    return await numbers.ask(window.company_id, window.channel_id, chosen)


def _chosen(people: Sequence[Next], moment: datetime, wanted: int) -> list[UUID]:
    """As many as are lacking; who was never asked goes before who was asked long ago."""
    unknown_ones = [one for one in people if not one.is_known]
    since = moment - numbers.asked_again_after()
    due = [one for one in unknown_ones if not (one.asked_at and since < one.asked_at <= moment)]
    lacking = wanted - (len(people) - len(due))
    due.sort(key=lambda one: (one.asked_at is not None, one.asked_at or moment))
    return [one.contact_id for one in due[: max(0, lacking)]]


async def _people(
    window: Window, moment: datetime, *, after: int = 0, most: int = LOOK
) -> list[Next]:
    page = waiting(window.company_id, window.campaign_id, after=after, most=most)
    since = moment - KNOWN_FOR
    found = await sql.rows(PEOPLE, company=window.company_id, page=page, known_since=since)
    return [
        Next(uuid(row["contact_id"]), bool(row["is_known"]), sql.moment(row["asked_at"]))
        for row in found
    ]


async def behind(window: Window) -> AsyncIterator[int]:
    """Where pages behind the first begin, a few a turn, around and around: who asks for no more stays at this one."""
    first = await _end(window, 0)
    if first is None:
        return
    if len(_places) > MOST_PLACES:
        _places.clear()
    after = max(first, _places.get(window.campaign_id, 0))
    for _ in range(PAGES):
        _places[window.campaign_id] = after
        yield after
        end = await _end(window, after)
        _places[window.campaign_id] = after = first if end is None else end
        if end is None:
            return


async def _end(window: Window, after: int) -> int | None:
    """The last Delivery of a whole page; None where it is the last page."""
    (found,) = await sql.rows(END, page=waiting(window.company_id, window.campaign_id, after=after))
    return int(found["last"]) if found["many"] == LOOK else None


async def is_waiting(company_id: UUID, campaign_id: UUID) -> bool:
    """Whether some of the first who wait, wait for WhatsApp's word on their number: for the page."""
    page, since = waiting(company_id, campaign_id), await db_now() - KNOWN_FOR
    return bool(await sql.rows(WAITS, company=company_id, page=page, known_since=since))


async def ring(work: Work, spoken_of: Sequence[Asked]) -> None:
    """Campaigns that have somebody of whom WhatsApp spoke go on."""
    if not spoken_of:
        return
    for row in await sql.rows(WAITING, people=sql.Given(KEY, list(spoken_of))):
        work.enqueue(PrepareCampaign(uuid(row["company_id"]), uuid(row["id"])))
