"""The last button: what it says, what it refuses, and that twice starts once."""

from __future__ import annotations

import asyncio

import pytest

from esquadrao.campaigns.lifecycle import CampaignState
from esquadrao.campaigns.models import Campaign, Delivery, Variant
from esquadrao.channels.models import Channel, ChannelState
from esquadrao.companies.models import Role, User
from esquadrao.contacts.models import Contact, ContactList, ListMember, OnWhatsApp
from esquadrao.database import db_now
from tests.browsing import Browser, Page
from tests.conftest import Cast
from tests.factories import make_campaign, make_channel, make_contacts, make_list


async def ready(cast: Cast, *, body: str = "Olá {{ nome }}") -> Campaign:
    channel = await make_channel(cast.alfa)
    chosen = await make_list(cast.alfa, await make_contacts(cast.alfa, 3))
    return await make_campaign(cast.ana, channel, chosen, body=body)


async def state_of(campaign: Campaign) -> CampaignState:
    return (await Campaign.one(campaign.company_id, campaign.id)).state


async def test_now_starts_and_leads_to_the_live_page(ana: Browser, sqlite_cast: Cast) -> None:
    campaign = await ready(sqlite_cast)
    answer = await ana.submit(f"/campaigns/{campaign.id}/launch", {"when": "now"})
    assert (answer.status_code, answer.headers["location"]) == (303, f"/campaigns/{campaign.id}")
    assert await state_of(campaign) == CampaignState.SCHEDULED


async def test_an_hour_is_read_on_the_companys_clock(ana: Browser, sqlite_cast: Cast) -> None:
    campaign = await ready(sqlite_cast)
    form = {"when": "at", "date": "2099-05-04", "time": "09:30"}
    assert (await ana.submit(f"/campaigns/{campaign.id}/launch", form)).status_code == 303
    kept = await Campaign.one(sqlite_cast.alfa, campaign.id)
    assert kept.scheduled_at is not None
    assert kept.scheduled_at.isoformat() == "2099-05-04T12:30:00+00:00"
    assert "04/05/2099 09:30" in (await ana.get(f"/campaigns/{campaign.id}")).text


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"when": "at", "date": "2020-01-01", "time": "10:00"}, "Este horário já passou."),
        ({"when": "at", "date": "", "time": "10:00"}, "Escolha o dia e a hora."),
        ({"when": "at", "date": "31/12", "time": "x"}, "Escolha o dia e a hora."),
        ({"when": "at", "date": "9999-99-99", "time": "10:00"}, "Escolha o dia e a hora."),
        ({"when": "at", "date": "9999-12-31", "time": "23:59"}, "Escolha o dia e a hora."),
    ],
)
async def test_a_bad_moment_has_its_sentence(
    ana: Browser, sqlite_cast: Cast, form: dict[str, str], sentence: str
) -> None:
    campaign = await ready(sqlite_cast)
    answer = await ana.submit(f"/campaigns/{campaign.id}/launch", form)
    assert answer.status_code == 422
    tree = Page(answer.text)
    assert sentence in tree.one("#at-error").text()
    assert tree.one("#date").attributes.get("value", "") == form["date"]
    assert tree.one('input[value="at"]').attributes.get("checked", "no") != "no"
    assert await state_of(campaign) == CampaignState.DRAFT


async def test_what_is_missing_is_listed_instead_of_the_button(
    ana: Browser, sqlite_cast: Cast
) -> None:
    campaign = await make_campaign(sqlite_cast.ana, None, None)
    await Variant.of(sqlite_cast.alfa).delete()
    tree = await ana.read(f"/campaigns/{campaign.id}/review")
    todo = [one.text() for one in tree.css(".todo span")]
    assert todo == [
        "A lista não tem contatos. Escolha uma lista com alguém nela.",
        "Escolha por qual conexão enviar.",
        "Escreva a mensagem.",
    ]
    assert tree.css_first(f'form[action="/campaigns/{campaign.id}/launch"]') is None


@pytest.mark.parametrize("lack", ["contacts", "channel", "connection", "text", "sound text"])
async def test_a_start_that_lacks_something_changes_nothing(
    ana: Browser, sqlite_cast: Cast, lack: str
) -> None:
    campaign = await ready(sqlite_cast)
    alfa = sqlite_cast.alfa
    match lack:
        case "contacts":
            await ListMember.of(alfa).delete()
            sentence = "A lista não tem contatos."
        case "channel":
            await Campaign.of(alfa).update(channel_id=None)
            sentence = "Escolha por qual conexão enviar."
        case "connection":
            await Channel.of(alfa).update(state=ChannelState.STOPPED)
            sentence = "A conexão não está conectada."
        case "text":
            await Variant.of(alfa).delete()
            sentence = "Escreva a mensagem."
        case _:
            await Variant.of(alfa).update(body="{{ nome")
            sentence = "A mensagem tem um erro."
    answer = await ana.submit(f"/campaigns/{campaign.id}/launch", {"when": "now"})
    assert answer.status_code == 422
    assert sentence in answer.text
    assert await state_of(campaign) == CampaignState.DRAFT
    assert await Delivery.of(alfa).count() == 0


async def test_two_clicks_start_once(ana: Browser, sqlite_cast: Cast) -> None:
    campaign = await ready(sqlite_cast)
    path = f"/campaigns/{campaign.id}/launch"
    answers = await asyncio.gather(*(ana.submit(path, {"when": "now"}) for _ in range(3)))
    assert sorted(one.status_code for one in answers) == [303, 409, 409]
    late = next(one for one in answers if one.status_code == 409)
    assert "Agendada" in late.text
    assert await state_of(campaign) == CampaignState.SCHEDULED


async def test_who_is_left_with_a_blank_is_counted(ana: Browser, sqlite_cast: Cast) -> None:
    campaign = await ready(sqlite_cast, body="Oi {{ nome }} {{ email }}")
    tree = await ana.read(f"/campaigns/{campaign.id}/review")
    assert "Falta dado a 3 contatos (email)" in " ".join(tree.text().split())


async def test_a_supervisor_writes_and_does_not_launch(ana: Browser, sqlite_cast: Cast) -> None:
    campaign = await ready(sqlite_cast)
    await User.of(sqlite_cast.alfa).filter(id=sqlite_cast.ana.id).update(role=Role.SUPERVISOR)
    tree = await ana.read(f"/campaigns/{campaign.id}/review")
    assert "Quem inicia o envio é um proprietário ou administrador." in tree.text()
    assert (
        await ana.submit(f"/campaigns/{campaign.id}/launch", {"when": "now"})
    ).status_code == 403
    assert await state_of(campaign) == CampaignState.DRAFT
    assert await ContactList.of(sqlite_cast.alfa).count() == 1


async def test_the_review_says_who_is_left_out_and_why(ana: Browser, sqlite_cast: Cast) -> None:
    people = await make_contacts(sqlite_cast.alfa, 3)
    await Contact.of(sqlite_cast.alfa).filter(id=people[0].id).update(phone="4004")
    channel, chosen = (
        await make_channel(sqlite_cast.alfa),
        await make_list(sqlite_cast.alfa, people),
    )
    campaign = await make_campaign(sqlite_cast.ana, channel, chosen)
    words = " ".join((await ana.read(f"/campaigns/{campaign.id}/review")).words().split())
    assert "1 contato da lista fica fora: 1 · Telefone inválido." in words
    assert "2 de 3" in words
    assert "Enviar para 2 contatos por Vendas 1" in words


async def test_the_review_says_how_many_numbers_whatsapp_was_not_asked_about(
    ana: Browser, sqlite_cast: Cast
) -> None:
    known = await make_contacts(sqlite_cast.alfa, 2)
    unknown = await make_contacts(sqlite_cast.alfa, 3, first=10, is_checked=False)
    channel = await make_channel(sqlite_cast.alfa)
    everybody = await make_list(sqlite_cast.alfa, known + unknown)
    campaign = await make_campaign(sqlite_cast.ana, channel, everybody)
    here = f"/campaigns/{campaign.id}/review"
    notice = (await ana.read(here)).one(".not-checked").text()
    assert "3 números ainda não foram conferidos" in notice
    checked = {"on_whatsapp": OnWhatsApp.EXISTS, "checked_at": await db_now()}
    await Contact.of(sqlite_cast.alfa).all().update(**checked)
    assert (await ana.read(here)).css_first(".not-checked") is None
