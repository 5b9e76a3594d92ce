from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from esquadrao.campaigns.lifecycle import CampaignState
from esquadrao.campaigns.models import Campaign, Variant
from esquadrao.clock import now
from esquadrao.companies.models import Role
from esquadrao_graphql.ids import Kind, opaque, uuid_of
from tests.api import Program, operation
from tests.conftest import Cast
from tests.factories import make_channel, make_contacts, make_list


async def new_campaign(caller: Program, cast: Cast, **changes: Any) -> str:
    """A draft that may start, made through the API; its id."""
    channel = await make_channel(cast.alfa)
    audience = await make_list(cast.alfa, await make_contacts(cast.alfa, 3))
    asked = {
        "name": "Aviso",
        "channelId": opaque(Kind.CHANNEL, channel.id),
        "contactListId": opaque(Kind.CONTACT_LIST, audience.id),
        "body": "Olá {{ nome }}",
        "idempotencyKey": "create-0001",
    }
    made = await caller.run("CampaignCreate", input=asked | changes)
    campaign_id: str = made["campaign"]["id"]
    return campaign_id


def launch(campaign_id: str, key: str = "launch-0001", **more: Any) -> dict[str, Any]:
    return {"input": {"id": campaign_id, "idempotencyKey": key, **more}}


async def test_a_campaign_is_created_launched_paused_resumed_and_cancelled(
    ana: Program, sqlite_cast: Cast
) -> None:
    campaign_id = await new_campaign(ana, sqlite_cast)
    found = await ana.run("Campaign", id=campaign_id)
    assert (found["state"], found["body"]) == ("DRAFT", "Olá {{ nome }}")
    states = [(await ana.run("CampaignLaunch", **launch(campaign_id)))["campaign"]["state"]]
    for verb in ("Pause", "Resume", "Cancel"):
        moved = await ana.run(f"Campaign{verb}", input={"id": campaign_id})
        states.append(moved["campaign"]["state"])
    assert states == ["SCHEDULED", "PAUSED", "SCHEDULED", "CANCELLED"]


async def test_a_campaign_is_slowed_and_freed_and_nonsense_is_refused(
    ana: Program, sqlite_cast: Cast
) -> None:
    campaign_id = await new_campaign(ana, sqlite_cast, ownGap=120)
    row = Campaign.of(sqlite_cast.alfa).filter(id=uuid_of(Kind.CAMPAIGN, campaign_id))
    assert (await row.get()).own_gap == 120
    for gap in (300, None):
        moved = await ana.run("CampaignSlow", input={"id": campaign_id, "ownGap": gap})
        assert moved["campaign"]["ownGap"] == gap
        assert (await row.get()).own_gap == gap
    answer = await ana.ask(operation("CampaignSlow"), input={"id": campaign_id, "ownGap": 0})
    refused = answer["data"]["campaignSlow"]
    assert (refused["code"], refused["issues"][0]["path"][-1]) == ("NUMBER", "ownGap")
    assert (await row.get()).own_gap is None


async def test_a_launch_repeated_with_its_key_has_the_same_answer_and_says_so(
    ana: Program, sqlite_cast: Cast
) -> None:
    asked = launch(await new_campaign(ana, sqlite_cast))
    document = operation("CampaignLaunch")
    first, second = [await ana.ask(document, **asked) for _ in range(2)]
    assert first["data"] == second["data"]
    assert "extensions" not in first
    assert second["extensions"] == {"idempotency": {"replayed": True}}


async def test_ten_parallel_launches_with_one_key_launch_once(
    ana: Program, sqlite_cast: Cast
) -> None:
    asked = launch(await new_campaign(ana, sqlite_cast))
    document = operation("CampaignLaunch")
    answers = await asyncio.gather(*(ana.ask(document, **asked) for _ in range(10)))
    assert {str(one["data"]) for one in answers} == {str(answers[0]["data"])}
    assert sum("extensions" in one for one in answers) == 9


async def test_a_second_launch_with_another_key_is_a_conflict_with_the_state(
    ana: Program, sqlite_cast: Cast
) -> None:
    campaign_id = await new_campaign(ana, sqlite_cast)
    await ana.run("CampaignLaunch", **launch(campaign_id))
    again = await ana.run("CampaignLaunch", **launch(campaign_id, "launch-0002"))
    assert again["code"] == "ALREADY_LAUNCHED"
    paused = await ana.run("CampaignResume", input={"id": campaign_id})
    assert (paused["code"], paused["state"]) == ("STATE", "SCHEDULED")


async def test_a_key_used_for_something_else_is_a_conflict(ana: Program, sqlite_cast: Cast) -> None:
    asked = {"name": "Um", "body": "Olá", "idempotencyKey": "create-0001"}
    await ana.run("CampaignCreate", input=asked)
    refused = await ana.run("CampaignCreate", input=asked | {"name": "Dois"})
    assert refused["code"] == "IDEMPOTENCY_MISMATCH"
    assert await Campaign.of(sqlite_cast.alfa).count() == 1


async def test_a_start_that_cannot_be_says_everything_that_is_missing_and_changes_nothing(
    ana: Program, sqlite_cast: Cast
) -> None:
    asked = {"name": "Vazia", "body": "", "idempotencyKey": "create-0001"}
    campaign_id = (await ana.run("CampaignCreate", input=asked))["campaign"]["id"]
    past = (now() - timedelta(hours=1)).isoformat()
    refused = await ana.run("CampaignLaunch", **launch(campaign_id, at=past))
    assert [(one["code"], one["path"]) for one in refused["issues"]] == [
        ("NO_CONTACTS", ["input", "contactListId"]),
        ("NO_CHANNEL", ["input", "channelId"]),
        ("NO_TEXT", ["input", "body"]),
        ("PAST_DATE", ["input", "at"]),
    ]
    campaign = await Campaign.one(sqlite_cast.alfa, uuid_of(Kind.CAMPAIGN, campaign_id))
    assert campaign.state is CampaignState.DRAFT
    later = (now() + timedelta(days=1)).isoformat()
    refused = await ana.run("CampaignLaunch", **launch(campaign_id, at=later))
    assert "PAST_DATE" not in [one["code"] for one in refused["issues"]]


async def test_a_start_without_its_channel_connected_is_refused(
    ana: Program, sqlite_cast: Cast
) -> None:
    away = await make_channel(sqlite_cast.alfa, name="Fora", is_connected=False)
    campaign_id = await new_campaign(ana, sqlite_cast, channelId=opaque(Kind.CHANNEL, away.id))
    refused = await ana.run("CampaignLaunch", **launch(campaign_id))
    assert [one["code"] for one in refused["issues"]] == ["CHANNEL_NOT_CONNECTED"]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("Olá {{ nome", "TEMPLATE_SYNTAX"),
        ("{% for i in (1..999999999) %}x{% endfor %}", "TEMPLATE_LIMIT"),
        ("Olá {{ nomee }}", "UNKNOWN_VARIABLE"),
    ],
)
async def test_a_text_that_cannot_be_is_refused_with_its_reason(
    ana: Program, sqlite_cast: Cast, body: str, code: str
) -> None:
    asked = {"name": "X", "body": body, "idempotencyKey": "create-0001"}
    refused = await ana.run("CampaignCreate", input=asked)
    assert [(one["code"], one["path"]) for one in refused["issues"]] == [(code, ["input", "body"])]
    assert await Campaign.of(sqlite_cast.alfa).count() == 0
    assert await Variant.of(sqlite_cast.alfa).count() == 0


async def test_a_supervisor_writes_and_does_not_launch(ana: Program, sqlite_cast: Cast) -> None:
    sqlite_cast.ana.role = Role.SUPERVISOR
    await sqlite_cast.ana.save()
    campaign_id = await new_campaign(ana, sqlite_cast)
    refused = await ana.run("CampaignLaunch", **launch(campaign_id))
    assert refused["code"] == "FORBIDDEN"


async def test_a_refusal_speaks_the_callers_language(ana: Program, sqlite_cast: Cast) -> None:
    document = operation("CampaignPause")
    asked = {"input": {"id": "nonsense"}}
    said = [
        (await ana.send_query(document, asked, headers={"accept-language": tag})).json()
        for tag in ("pt-BR", "de", "")
    ]
    assert [one["data"]["campaignPause"]["message"] for one in said] == ["Não encontrado."] * 3


@pytest.mark.parametrize("key", ["short", "x" * 65, "with space", "acentuação", 12345678])
async def test_a_key_is_8_to_64_plain_characters(ana: Program, key: object) -> None:
    asked = {"name": "X", "body": "Olá", "idempotencyKey": key}
    body = await ana.ask(operation("CampaignCreate"), input=asked)
    assert body["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


@pytest.mark.parametrize(
    "moment", ["2026-03-09", "2026-03-09T14:30:00", "soon", 5, "2026-13-09T14:30:00Z"]
)
async def test_a_moment_carries_its_offset(ana: Program, moment: object) -> None:
    body = await ana.ask(operation("CampaignLaunch"), **launch("x", at=moment))
    assert body["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
