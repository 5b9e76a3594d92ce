"""A job carries its Company; with another Company's it finds nothing, whatever id it holds."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import fields
from uuid import UUID

import pytest

from esquadrao.campaigns.lifecycle import CampaignState
from esquadrao.campaigns.models import Campaign
from esquadrao.campaigns.prepare import prepare
from esquadrao.campaigns.process import process
from esquadrao.contacts import importing
from esquadrao.errors import NotFound
from esquadrao.jobs import ALL_JOBS, ImportContacts, Job, PrepareCampaign, ProcessCampaign
from tests.isolation.conftest import Worlds
from tests.isolation.pages import SHEET
from tests.isolation.world import World, rows_of

Run = Callable[[UUID, UUID], Awaitable[object]]


async def a_campaign_to_process(world: World) -> UUID:
    campaign_id = world.ids["ready_draft"]
    assert isinstance(campaign_id, UUID)
    await Campaign.of(world.company).filter(id=campaign_id).update(state=CampaignState.PROCESSING)
    return campaign_id


async def a_campaign_to_prepare(world: World) -> UUID:
    campaign_id = await a_campaign_to_process(world)
    await process(world.company.id, campaign_id)
    return campaign_id


async def a_file_to_import(world: World) -> UUID:
    begun = await importing.begin(
        world.company,
        world.owner,
        filename="a.csv",
        content=SHEET,
        default_ddd="11",
        new_list="Novos",
    )
    return begun.id


TRIES: dict[type[Job], tuple[Run, Callable[[World], Awaitable[UUID]]]] = {
    ProcessCampaign: (process, a_campaign_to_process),
    PrepareCampaign: (prepare, a_campaign_to_prepare),
    ImportContacts: (importing.import_contacts, a_file_to_import),
}


def test_every_job_of_a_company_is_tried() -> None:
    of_companies = {job for job in ALL_JOBS if "company_id" in {one.name for one in fields(job)}}
    assert of_companies == set(TRIES)


@pytest.mark.parametrize("job", TRIES, ids=lambda job: job.wire_name)
async def test_a_job_with_another_companys_id_moves_nothing(job: type[Job], worlds: Worlds) -> None:
    run, make = TRIES[job]
    row_id = await make(worlds.alfa)
    before = await rows_of(worlds.alfa.company), await rows_of(worlds.beta.company)
    with suppress(NotFound):
        await run(worlds.beta.company.id, row_id)
    assert (await rows_of(worlds.alfa.company), await rows_of(worlds.beta.company)) == before
    await run(worlds.alfa.company.id, row_id)
    assert await rows_of(worlds.alfa.company) != before[0], "the job works for its own"
    assert await rows_of(worlds.beta.company) == before[1]
