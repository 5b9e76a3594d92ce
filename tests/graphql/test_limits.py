"""Just below and just above each limit."""

# ruff: noqa: UP031  # a document is full of braces: percent format reads better than doubling them

from __future__ import annotations

from typing import Any

import pytest
from graphql import get_introspection_query

from esquadrao.companies.scopes import Scope
from esquadrao_graphql import limits, wire
from esquadrao_graphql.ids import Kind, opaque
from tests.api import Program
from tests.conftest import Cast


async def codes(caller: Program, query: str, **variables: Any) -> list[str]:
    body = await caller.ask(query, **variables)
    return [one["extensions"]["code"] for one in body.get("errors", [])]


async def test_tokens(ana: Program) -> None:
    fits = "{ me { %s } }" % " ".join(["id"] * (limits.TOKENS - 6))
    assert await codes(ana, "{ me { %s } }" % " ".join(["id"] * (limits.TOKENS + 1))) == [
        "GRAPHQL_PARSE_FAILED"
    ]
    assert "GRAPHQL_PARSE_FAILED" not in await codes(ana, fits)


async def test_aliases(ana: Program) -> None:
    def query(count: int) -> str:
        return "{ me { %s } }" % " ".join(f"a{n}: id" for n in range(count))

    assert await codes(ana, query(limits.ALIASES)) == []
    assert await codes(ana, query(limits.ALIASES + 1)) == ["TOO_COMPLEX"]


async def test_directives(ana: Program) -> None:
    def query(count: int) -> str:
        return "{ me { id %s } }" % " ".join(["name @skip(if: false)"] * count)

    assert await codes(ana, query(limits.DIRECTIVES)) == []
    assert await codes(ana, query(limits.DIRECTIVES + 1)) == ["TOO_COMPLEX"]


async def test_root_fields(ana: Program) -> None:
    """Fragments count where they are spread: the same fields under one name are one field to run, but many asked."""

    def query(count: int) -> str:
        return "{ %s }" % " ".join(["me { id }"] * count)

    assert await codes(ana, query(limits.ROOT_FIELDS)) == []
    assert await codes(ana, query(limits.ROOT_FIELDS + 1)) == ["TOO_COMPLEX"]


async def test_mutation_fields(ana: Program) -> None:
    def query(count: int) -> str:
        return "mutation { %s }" % " ".join(
            f'a{n}: campaignPause(input: {{id: "x"}}) {{ __typename }}' for n in range(count)
        )

    assert await codes(ana, query(limits.MUTATION_FIELDS)) == []
    assert await codes(ana, query(limits.MUTATION_FIELDS + 1)) == ["TOO_COMPLEX"]


async def test_items_of_a_list_as_literal_and_as_variable(ana: Program) -> None:
    over = ["x"] * (limits.LIST_ITEMS + 1)
    literal = "{ nodes(ids: [%s]) { id } }" % ", ".join('"x"' for _ in over)
    assert await codes(ana, literal) == ["TOO_COMPLEX"]
    query = "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }"
    assert await codes(ana, query, ids=over) == ["TOO_COMPLEX"]
    assert await codes(ana, query, ids=["x"] * 100) == []
    assert await codes(ana, query, ids=["x"] * 101) == ["INVALID"]


async def test_depth_of_a_schema_that_is_deep_enough(
    monkeypatch: pytest.MonkeyPatch, ana: Program
) -> None:
    monkeypatch.setattr(limits, "DEPTH", 3)
    assert await codes(ana, "query A { me { company { id } } }") == []
    assert await codes(ana, "{ campaigns { nodes { channel { name } } } }") == ["TOO_COMPLEX"]
    through = "{ ...A } fragment A on Query { campaigns { ...B } } fragment B on CampaignConnection { nodes { ...C } }"
    through += " fragment C on Campaign { channel { name } }"
    assert await codes(ana, through) == ["TOO_COMPLEX"]


async def test_fragments_that_multiply(ana: Program) -> None:
    """Thirty short fragments would be 2**30 fields."""
    parts = ["fragment F0 on User { id name }"]
    parts += [f"fragment F{n} on User {{ ...F{n - 1} ...F{n - 1} }}" for n in range(1, 30)]
    assert await codes(ana, "{ me { ...F29 } } " + " ".join(parts)) == ["TOO_COMPLEX"]


async def test_fragments_in_a_circle(ana: Program) -> None:
    circle = "{ me { ...A } } fragment A on User { ...B } fragment B on User { ...A }"
    assert set(await codes(ana, circle)) == {"GRAPHQL_VALIDATION_FAILED"}


async def test_a_connection_inside_a_connection(ana: Program) -> None:
    nested = "{ campaigns { nodes { deliveries { nodes { id } } } } }"
    assert await codes(ana, nested) == ["TOO_COMPLEX"]
    by_fragment = "{ campaigns { edges { node { ...A } } } } fragment A on Campaign { deliveries { totalCount } }"
    assert await codes(ana, by_fragment) == ["TOO_COMPLEX"]
    assert await codes(ana, "{ campaigns { nodes { id } } channels { nodes { id } } }") == []


async def test_the_body(ana: Program) -> None:
    async def status(size: int) -> int:
        frame = b'{"query":"{me{name}}","variables":{"x":"%s"}}'
        body = frame % (b"x" * (size - len(frame) + 2))
        headers = {"content-type": "application/json"}
        answer = await ana.post("/graphql", content=body, headers=headers)
        return int(answer.status_code)

    assert await status(wire.LARGEST_BODY) == 200
    assert await status(wire.LARGEST_BODY + 1) == 413


async def test_introspection_is_for_callers(ana: Program) -> None:
    assert await codes(ana, get_introspection_query(descriptions=True)) == []


async def test_a_page_is_1_to_100(ana: Program) -> None:
    for argument in ("first: 1", "first: 100", "last: 100"):
        assert await codes(ana, "{ contacts(%s) { nodes { id } } }" % argument) == []
    for argument in ("first: 0", "first: 101", "last: -1", "first: 1, last: 1"):
        assert await codes(ana, "{ contacts(%s) { nodes { id } } }" % argument) == ["INVALID"]


async def test_the_scopes_of_the_whole_document_are_checked_before_anything_runs(
    ana: Program, sqlite_cast: Cast
) -> None:
    await ana.call_as(
        sqlite_cast.ana, for_scopes=frozenset({Scope.CONTACTS_READ, Scope.USERS_READ})
    )
    answer = await ana.send_query("{ contacts { nodes { id } } channels { nodes { id } } }")
    assert answer.status_code == 403
    error = answer.json()["errors"][0]
    assert error["extensions"]["code"] == "INSUFFICIENT_SCOPE"
    assert error["extensions"]["missingScopes"] == ["channels:read"]
    assert "data" not in answer.json()
    assert await codes(ana, "{ contacts { nodes { id } } }") == []


async def test_a_scope_is_asked_for_what_is_reached_through_a_relation(
    ana: Program, sqlite_cast: Cast
) -> None:
    await ana.call_as(sqlite_cast.ana, for_scopes=frozenset({Scope.CAMPAIGNS_READ}))
    body = await ana.ask("{ campaigns { nodes { channel { name } } } }")
    assert body["errors"][0]["extensions"]["missingScopes"] == ["channels:read"]


async def test_node_asks_for_the_scope_of_what_it_would_give(
    ana: Program, sqlite_cast: Cast
) -> None:
    await ana.call_as(sqlite_cast.ana, for_scopes=frozenset({Scope.CONTACTS_READ}))
    body = await ana.ask(
        "query ($id: ID!) { node(id: $id) { id } }", id=opaque(Kind.USER, sqlite_cast.ana.id)
    )
    assert body["errors"][0]["extensions"]["code"] == "FORBIDDEN"


async def test_an_agent_sees_no_campaigns(bruno: Program) -> None:
    answer = await bruno.send_query("{ campaigns { nodes { id } } }")
    assert answer.status_code == 403
    assert await codes(bruno, "{ contacts { nodes { id } } channels { nodes { id } } }") == []
