"""The editor: what is typed comes back, what is wrong is said, twice is once."""

from __future__ import annotations

from uuid import uuid4

import pytest

from esquadrao.campaigns.draft import body_of, create, duplicate
from esquadrao.campaigns.lifecycle import CampaignState
from esquadrao.campaigns.models import Campaign
from esquadrao.campaigns.texts import texts_of
from esquadrao.messages.models import Step
from tests.browsing import Browser, Page
from tests.conftest import Cast
from tests.factories import make_channel, make_contacts, make_list


async def typed(cast: Cast, **changes: str) -> dict[str, str]:
    channel = await make_channel(cast.alfa)
    chosen = await make_list(cast.alfa, await make_contacts(cast.alfa, 3))
    return {
        "name": "Aviso de maio",
        "channel_id": str(channel.id),
        "contact_list_id": str(chosen.id),
        "body": "Olá {{ nome }}",
        "missing_variable": "skip",
        "token": "one",
    } | changes


async def test_a_new_form_has_chips_lists_and_channels(ana: Browser, sqlite_cast: Cast) -> None:
    await typed(sqlite_cast)
    tree = await ana.read("/campaigns/new")
    codes = [one.attributes["data-insert"] for one in tree.css(".chip-button")]
    assert codes == ["{{ nome }}", "{{ primeiro_nome }}", "{{ telefone }}", "{{ email }}"]
    assert "Clientes · 3 contatos" in tree.one("#contact_list_id").text()
    assert "Vendas 1 · Conectada" in tree.one("#channel_id").text()


async def test_saving_leads_to_the_review(ana: Browser, sqlite_cast: Cast) -> None:
    answer = await ana.submit("/campaigns", await typed(sqlite_cast))
    made = await Campaign.of(sqlite_cast.alfa).get()
    assert (answer.status_code, answer.headers["location"]) == (303, f"/campaigns/{made.id}/review")
    tree = await ana.read(answer.headers["location"])
    assert "Enviar para 3 contatos por Vendas 1" in tree.text()
    assert "Olá Pessoa 0" in tree.one(".bubble").text()


async def test_a_form_sent_twice_makes_one_draft(ana: Browser, sqlite_cast: Cast) -> None:
    form = await typed(sqlite_cast)
    first = await ana.submit("/campaigns", form)
    second = await ana.submit("/campaigns", form)
    assert second.headers["location"] == first.headers["location"]
    assert await Campaign.of(sqlite_cast.alfa).count() == 1
    await ana.submit("/campaigns", form | {"name": "Outro"})
    assert await Campaign.of(sqlite_cast.alfa).count() == 2


async def test_a_question_is_kept_shown_before_the_message_and_copied(
    ana: Browser, sqlite_cast: Cast
) -> None:
    form = await typed(
        sqlite_cast,
        **{
            "questions.0": "Oi {{ primeiro_nome }}, pode?",
            "questions.4": "Posso?",
            "has_footer": "yes",
        },
        answer_hours="24",
    )
    answer = await ana.submit("/campaigns", form)
    made = await Campaign.of(sqlite_cast.alfa).get()
    asked = ["Oi {{ primeiro_nome }}, pode?", "Posso?"]
    assert await texts_of(sqlite_cast.alfa, made.id, Step.ASK) == asked
    assert made.answer_hours == 24
    tree = await ana.read(answer.headers["location"])
    assert [one.text(strip=True)[:12] for one in tree.css(".bubble")] == [
        "Oi Pessoa, p",
        "Posso?Respon",
        "Olá Pessoa 0",
    ]
    assert "SIM em até 24 horas" in tree.text()
    edited = await ana.read(f"/campaigns/{made.id}/edit")
    assert edited.one("[id='questions.1']").text(strip=True) == "Posso?"
    assert "checked" in edited.one("[name=has_footer]").attributes
    assert "open" in edited.one("details.asks").attributes
    copy = await duplicate(sqlite_cast.alfa, sqlite_cast.ana, made.id)
    assert await texts_of(sqlite_cast.alfa, copy.id, Step.ASK) == asked
    assert copy.answer_hours == 24


BAD = {
    "question": ({"questions.0": "Oi {{ nomee }}"}, "questions.0", "“nomee” não existe"),
    "hours": ({"questions.0": "Pode?", "answer_hours": "400"}, "answer_hours", "de 24 a 72 horas"),
    "no name": ({"name": " "}, "name", "Dê um nome à campanha."),
    "long name": ({"name": "a" * 121}, "name", "Use até 120 caracteres."),
    "syntax": ({"body": "Oi\n{{ nome | upcas }}"}, "body", "(linha 2, coluna 11)"),
    "not closed": (
        {"body": "Oi {{ nome"},
        "body",
        "Falta fechar “{{” com “}}” (linha 1, coluna 4).",
    ),
    "endless": (
        {"body": "{% for i in (1..999999999) %}{% endfor %}"},
        "body",
        "O texto faz trabalho demais",
    ),
    "unknown": ({"body": "{{ nme }}"}, "body", "Você quis dizer “nome”?"),
    "too long": ({"body": "a" * 4097}, "body", "passa de 4096 caracteres"),
}


@pytest.mark.parametrize(("wrong", "field", "sentence"), BAD.values(), ids=BAD.keys())
async def test_bad_input_comes_back_with_its_sentence(
    ana: Browser, sqlite_cast: Cast, wrong: dict[str, str], field: str, sentence: str
) -> None:
    form = await typed(sqlite_cast, **wrong)
    answer = await ana.submit("/campaigns", form)
    assert answer.status_code == 422
    tree = Page(answer.text)
    assert sentence in tree.one(f"[id='{field}-error']").text()
    assert tree.one(f"[id='{field}']").attributes["aria-invalid"] == "true"
    assert tree.one("#body").text().strip() == form["body"].strip()
    assert tree.one("#channel_id option[selected]").attributes["value"] == form["channel_id"]
    assert await Campaign.of(sqlite_cast.alfa).count() == 0


async def test_ids_of_another_company_are_404(carla: Browser, sqlite_cast: Cast) -> None:
    form = await typed(sqlite_cast)
    for name in ("channel_id", "contact_list_id"):
        foreign = await carla.submit("/campaigns", {"name": "Meu", name: form[name]})
        unknown = await carla.submit("/campaigns", {"name": "Meu", name: str(uuid4())})
        assert foreign.status_code == unknown.status_code == 404
    assert await Campaign.of(sqlite_cast.beta).count() == 0


async def test_a_stale_form_keeps_what_was_typed_and_shows_what_is_saved(
    ana: Browser, sqlite_cast: Cast
) -> None:
    made = await create(sqlite_cast.alfa, sqlite_cast.ana, name="Aviso", body="um")
    path = f"/campaigns/{made.id}/edit"
    assert (
        await ana.submit(path, {"name": "Aviso", "body": "dois", "version": "1"})
    ).status_code == 303
    answer = await ana.submit(path, {"name": "Aviso", "body": "três", "version": "1"})
    assert answer.status_code == 409
    tree = Page(answer.text)
    assert tree.one("#body").text().strip() == "três"
    assert "dois" in tree.one(".saved").text()
    assert tree.one('input[name="version"]').attributes["value"] == "2"
    assert await body_of(sqlite_cast.alfa, made.id) == "dois"


async def test_editing_what_was_launched_shows_it_instead(ana: Browser, sqlite_cast: Cast) -> None:
    made = await create(sqlite_cast.alfa, sqlite_cast.ana, name="Aviso", body="um")
    await Campaign.of(sqlite_cast.alfa).filter(id=made.id).update(state=CampaignState.RUNNING)
    path = f"/campaigns/{made.id}/edit"
    assert (await ana.get(path)).headers["location"] == f"/campaigns/{made.id}"
    answer = await ana.submit(path, {"name": "Aviso", "body": "dois", "version": "1"})
    assert answer.status_code == 409
    assert "Só um rascunho pode ser editado." in answer.text


async def test_the_bubble_follows_the_text(ana: Browser, sqlite_cast: Cast) -> None:
    form = await typed(sqlite_cast, body="Oi *{nome}* <b>")
    answer = await ana.submit("/campaigns/preview", form, htmx=True)
    assert answer.status_code == 200
    assert "Oi <strong>Pessoa 0</strong> &lt;b&gt;" in answer.text
    tree = Page(answer.text)
    following = tree.css('button[name="contact"]')[1].attributes["value"] or ""
    second = await ana.submit("/campaigns/preview", form | {"contact": following}, htmx=True)
    assert "Pessoa 1" in second.text
    assert await Campaign.of(sqlite_cast.alfa).count() == 0


async def test_without_a_script_the_bubble_is_a_button(ana: Browser, sqlite_cast: Cast) -> None:
    form = await typed(sqlite_cast, then="preview", name="")
    answer = await ana.submit("/campaigns", form)
    assert answer.status_code == 200
    assert "Olá Pessoa 0" in answer.text
    assert await Campaign.of(sqlite_cast.alfa).count() == 0


async def test_a_wrong_text_has_a_sentence_in_place_of_the_bubble(
    ana: Browser, sqlite_cast: Cast
) -> None:
    form = await typed(sqlite_cast, body="{{ nme }}")
    answer = await ana.submit("/campaigns/preview", form, htmx=True)
    assert answer.status_code == 200
    assert "Você quis dizer “nome”?" in answer.text


async def test_pasted_variables_are_converted_with_a_notice(
    ana: Browser, sqlite_cast: Cast
) -> None:
    answer = await ana.submit("/campaigns", await typed(sqlite_cast, body="Oi {Nome}"))
    made = await Campaign.of(sqlite_cast.alfa).get()
    assert await body_of(sqlite_cast.alfa, made.id) == "Oi {{ nome }}"
    page = await ana.get(answer.headers["location"])
    assert "Variáveis convertidas: {Nome} → {{ nome }}." in page.text
