"""Suppressions through the API: added and ended once, found, and only for who may."""

from __future__ import annotations

from esquadrao.companies.scopes import Scope
from esquadrao.contacts.models import Suppression
from esquadrao_graphql.ids import Kind, opaque
from tests.api import Program, operation
from tests.conftest import Cast

PHONE = "+5511987654321"


def adding(key: str = "add-00001", **more: str) -> dict[str, dict[str, str]]:
    return {"input": {"phone": PHONE, "note": "Pediu", "idempotencyKey": key} | more}


async def test_a_phone_is_left_alone_found_and_let_back(ana: Program, sqlite_cast: Cast) -> None:
    made = (await ana.run("SuppressionAdd", **adding()))["suppression"]
    assert (made["reason"], made["phoneEnd"], made["note"]) == ("API", "4321", "Pediu")
    found = (await ana.run("Suppressions", search=PHONE))["nodes"]
    assert [(one["id"], one["contact"]) for one in found] == [(made["id"], None)]
    lifted = await ana.run(
        "SuppressionLift",
        input={"id": made["id"], "note": "Pediu de volta", "idempotencyKey": "lift-0001"},
    )
    assert lifted["suppression"]["liftNote"] == "Pediu de volta"
    assert (await ana.run("Suppressions"))["nodes"] == []
    assert len((await ana.run("Suppressions", lifted=True))["nodes"]) == 1
    held = await Suppression.of(sqlite_cast.alfa).get()
    assert held.lifted_by == sqlite_cast.ana.id


async def test_the_same_key_adds_once_and_says_so(ana: Program, sqlite_cast: Cast) -> None:
    document = operation("SuppressionAdd")
    first, second = [await ana.ask(document, **adding()) for _ in range(2)]
    assert first["data"] == second["data"]
    assert second["extensions"] == {"idempotency": {"replayed": True}}
    assert await Suppression.of(sqlite_cast.alfa).all().count() == 1


async def test_it_ends_only_with_a_reason_and_once(ana: Program) -> None:
    made = (await ana.run("SuppressionAdd", **adding()))["suppression"]
    document = operation("SuppressionLift")

    async def lift(key: str, note: str) -> dict[str, object]:
        asked = {"id": made["id"], "note": note, "idempotencyKey": key}
        answer: dict[str, object] = (await ana.ask(document, input=asked))["data"][
            "suppressionLift"
        ]
        return answer

    refused = await lift("lift-0001", " ")
    assert refused["issues"] == [
        {
            "code": "REQUIRED",
            "message": "Diga por que esta pessoa volta a receber: quando e como ela pediu.",
            "path": ["input", "note"],
        }
    ]
    assert "suppression" in await lift("lift-0002", "Pediu")
    assert (await lift("lift-0003", "Pediu"))["code"] == "ALREADY_LIFTED"


async def test_a_token_that_only_reads_neither_adds_nor_ends(
    ana: Program, sqlite_cast: Cast
) -> None:
    await ana.call_as(sqlite_cast.ana, for_scopes=frozenset({Scope.CONTACTS_READ}))
    answer = await ana.ask(operation("SuppressionAdd"), **adding())
    assert "suppression" not in str(answer.get("data"))
    assert await Suppression.of(sqlite_cast.alfa).all().count() == 0


async def test_an_agent_may_not(bruno: Program, sqlite_cast: Cast) -> None:
    answer = await bruno.ask(operation("SuppressionAdd"), **adding())
    assert await Suppression.of(sqlite_cast.alfa).all().count() == 0
    assert answer["errors"][0]["extensions"]["missingScopes"] == ["contacts:write"]


async def test_another_companys_is_none(ana: Program, carla: Program, sqlite_cast: Cast) -> None:
    made = (await carla.run("SuppressionAdd", **adding()))["suppression"]
    row = await Suppression.of(sqlite_cast.beta).get()
    assert made["id"] == opaque(Kind.SUPPRESSION, row.id)
    asked = {"id": made["id"], "note": "Pediu", "idempotencyKey": "lift-0001"}
    answer = await ana.ask(operation("SuppressionLift"), input=asked)
    assert answer["data"]["suppressionLift"]["code"] == "NOT_FOUND"
    assert (await Suppression.of(sqlite_cast.beta).get()).lifted_at is None
