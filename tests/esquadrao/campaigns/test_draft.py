"""Drafts: what may be saved, by whom, and what two people at once see."""

from __future__ import annotations

from uuid import uuid4

import pytest

from esquadrao.campaigns.draft import audience_size, body_of, create, duplicate, edit
from esquadrao.campaigns.lifecycle import CampaignState
from esquadrao.campaigns.models import Campaign, MissingVariable, Variant
from esquadrao.contacts.models import ContactField
from esquadrao.errors import Conflict, Forbidden, Invalid, NotFound
from tests.conftest import Cast
from tests.factories import make_channel, make_contacts, make_list


async def test_a_draft_keeps_what_it_was_given(cast: Cast) -> None:
    channel = await make_channel(cast.alfa)
    people = await make_list(cast.alfa, await make_contacts(cast.alfa, 3))
    made = await create(
        cast.alfa,
        cast.ana,
        name="  Aviso   de  maio ",
        channel_id=channel.id,
        contact_list_id=people.id,
        body="Olá {nome},\r\ntudo bem?",
        missing_variable=MissingVariable.SKIP,
    )
    kept = await Campaign.one(cast.alfa, made.id)
    assert (kept.name, kept.state, kept.version) == ("Aviso de maio", CampaignState.DRAFT, 1)
    assert (kept.channel_id, kept.contact_list_id) == (channel.id, people.id)
    assert kept.missing_variable == MissingVariable.SKIP
    assert await body_of(cast.alfa, made.id) == "Olá {{ nome }},\ntudo bem?"
    assert await audience_size(cast.alfa, people.id) == 3
    assert await audience_size(cast.beta, people.id) == 0


async def test_every_issue_of_a_draft_is_told_at_once_and_nothing_is_written(cast: Cast) -> None:
    with pytest.raises(Invalid) as refused:
        await create(cast.alfa, cast.ana, name=" ", body="{{ nme }}")
    assert [(one.path, one.code) for one in refused.value.issues] == [
        ("name", "required"),
        ("body", "unknown_variable"),
    ]
    assert await Campaign.of(cast.alfa).count() == 0


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("Oi {{ nome", "template_syntax"),
        ("{% for i in (1..999999999) %}{% endfor %}", "template_limit"),
        ("{{ sobrenome }}", "unknown_variable"),
        ("a" * 4097, "template_limit"),
    ],
)
async def test_a_wrong_text_changes_nothing(cast: Cast, body: str, code: str) -> None:
    made = await create(cast.alfa, cast.ana, name="Aviso", body="Oi {{ nome }}")
    with pytest.raises(Invalid) as refused:
        await edit(cast.alfa, cast.ana, made.id, version=1, name="Outro", body=body)
    assert refused.value.issues[0].code == code
    kept = await Campaign.one(cast.alfa, made.id)
    assert (kept.name, kept.version) == ("Aviso", 1)
    assert await body_of(cast.alfa, made.id) == "Oi {{ nome }}"


async def test_a_custom_field_may_be_named(cast: Cast) -> None:
    await ContactField(company_id=cast.alfa.id, key="cidade", label="Cidade").save()
    made = await create(cast.alfa, cast.ana, name="Aviso", body="De {{ cidade }}")
    assert await body_of(cast.alfa, made.id) == "De {{ cidade }}"
    with pytest.raises(Invalid):
        await create(cast.beta, cast.carla, name="Aviso", body="De {{ cidade }}")


async def test_the_channel_and_list_of_another_company_do_not_exist(cast: Cast) -> None:
    channel = await make_channel(cast.alfa)
    people = await make_list(cast.alfa, await make_contacts(cast.alfa, 1))
    with pytest.raises(NotFound):
        await create(cast.beta, cast.carla, name="Aviso", channel_id=channel.id)
    with pytest.raises(NotFound):
        await create(cast.beta, cast.carla, name="Aviso", contact_list_id=people.id)
    with pytest.raises(NotFound):
        await create(cast.alfa, cast.ana, name="Aviso", contact_list_id=uuid4())
    made = await create(cast.alfa, cast.ana, name="Aviso")
    for verb in (edit(cast.beta, cast.carla, made.id, version=1, name="Meu"),):
        with pytest.raises(NotFound):
            await verb
    with pytest.raises(NotFound):
        await duplicate(cast.beta, cast.carla, made.id)
    assert await Campaign.of(cast.beta).count() == 0


async def test_the_second_of_two_who_edit_reads_that_somebody_was_first(cast: Cast) -> None:
    made = await create(cast.alfa, cast.ana, name="Aviso", body="um")
    await edit(cast.alfa, cast.ana, made.id, version=1, body="dois")
    with pytest.raises(Conflict) as refused:
        await edit(cast.alfa, cast.ana, made.id, version=1, body="três")
    assert refused.value.code == "stale"
    assert await body_of(cast.alfa, made.id) == "dois"


@pytest.mark.parametrize("state", [one for one in CampaignState if one != CampaignState.DRAFT])
async def test_only_a_draft_is_edited(sqlite_cast: Cast, state: CampaignState) -> None:
    cast = sqlite_cast
    made = await create(cast.alfa, cast.ana, name="Aviso", body="um")
    await Campaign.of(cast.alfa).filter(id=made.id).update(state=state)
    with pytest.raises(Conflict) as refused:
        await edit(cast.alfa, cast.ana, made.id, version=1, body="dois")
    assert refused.value.code == "not_draft"
    assert await body_of(cast.alfa, made.id) == "um"


async def test_an_agent_writes_no_campaign(sqlite_cast: Cast) -> None:
    cast = sqlite_cast
    made = await create(cast.alfa, cast.ana, name="Aviso")
    with pytest.raises(Forbidden):
        await create(cast.alfa, cast.bruno, name="Meu")
    with pytest.raises(Forbidden):
        await edit(cast.alfa, cast.bruno, made.id, version=1, name="Meu")
    with pytest.raises(Forbidden):
        await duplicate(cast.alfa, cast.bruno, made.id)
    assert [one.name for one in await Campaign.of(cast.alfa)] == ["Aviso"]


async def test_a_copy_is_a_draft_with_the_same_text(sqlite_cast: Cast) -> None:
    cast = sqlite_cast
    made = await create(cast.alfa, cast.ana, name="A" * 120, body="um")
    await (
        Campaign.of(cast.alfa)
        .filter(id=made.id)
        .update(state=CampaignState.FINISHED, chosen=9, sent=9)
    )
    copy = await duplicate(cast.alfa, cast.ana, made.id)
    assert (copy.state, copy.chosen, copy.sent) == (CampaignState.DRAFT, 0, 0)
    assert copy.name.endswith(" (cópia)")
    assert len(copy.name) <= 120
    assert await body_of(cast.alfa, copy.id) == "um"


async def test_an_emptied_text_leaves_no_variant(sqlite_cast: Cast) -> None:
    cast = sqlite_cast
    made = await create(cast.alfa, cast.ana, name="Aviso", body="um")
    await edit(cast.alfa, cast.ana, made.id, version=1, body="  ")
    assert await Variant.of(cast.alfa).filter(campaign_id=made.id).count() == 0
