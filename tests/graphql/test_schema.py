"""What the schema promises of itself."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import graphql
import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLUnionType,
)

from esquadrao.channels.choose_proxy import FAILURES as PROXY_FAILURES
from esquadrao_graphql import scopes
from esquadrao_graphql.codes import ErrorCode
from esquadrao_graphql.schema import schema
from tests.architecture.sources import ROOT

core = schema._schema
OWN = [one for name, one in core.type_map.items() if not name.startswith("__")]
BUILT_IN = {"String", "Int", "Float", "Boolean", "ID"}
ROOTS = (core.query_type, core.mutation_type, core.subscription_type)
NO_SCOPE = {"me", "node", "nodes"}  # any token; what they reach asks for its own
SETTERS = {
    *("campaignPause", "campaignResume", "campaignCancel", "campaignSlow", "signIn"),
    "channelProxyChoose",
}


def described() -> Iterator[tuple[str, Any]]:
    for kind in OWN:
        if kind.name in BUILT_IN:
            continue
        yield kind.name, kind.description
        if isinstance(kind, GraphQLEnumType):
            yield from (
                (f"{kind.name}.{name}", one.description) for name, one in kind.values.items()
            )
        if isinstance(kind, GraphQLInputObjectType | GraphQLObjectType | GraphQLInterfaceType):
            for name, field in kind.fields.items():
                yield f"{kind.name}.{name}", field.description
                for argument, one in getattr(field, "args", {}).items():
                    yield f"{kind.name}.{name}({argument})", one.description


def test_everything_has_a_description() -> None:
    assert [name for name, description in described() if not description] == []


def fields_of_roots() -> list[tuple[str, str, Any]]:
    return [
        (root.name, name, field) for root in ROOTS if root for name, field in root.fields.items()
    ]


@pytest.mark.parametrize(("root", "name", "field"), fields_of_roots())
def test_a_root_field_says_which_scope_it_needs(root: str, name: str, field: Any) -> None:
    if name == scopes.SIGN_IN:
        return
    shown = any(
        isinstance(one, scopes.RequiredScope)
        for one in field.extensions["strawberry-definition"].directives
    )
    assert shown, f"{root}.{name}"
    assert bool(list(scopes.scopes_on(field))) is (name not in NO_SCOPE)


def test_every_object_with_an_id_says_which_scope_it_needs() -> None:
    bare = [
        one.name
        for one in OWN
        if isinstance(one, GraphQLObjectType)
        and any(face.name == "Node" for face in one.interfaces)
        and not list(scopes.scopes_on(one))
    ]
    assert bare == []


def mutations() -> list[tuple[str, Any]]:
    assert core.mutation_type is not None
    return list(core.mutation_type.fields.items())


@pytest.mark.parametrize(("name", "field"), mutations())
def test_a_mutation_has_one_input_and_answers_a_union_of_its_success_and_user_errors(
    name: str, field: Any
) -> None:
    assert list(field.args) == ["input"]
    assert isinstance(field.args["input"].type, graphql.GraphQLNonNull)
    payload = graphql.get_named_type(field.type)
    assert isinstance(payload, GraphQLUnionType)
    assert payload.name == f"{name[0].upper()}{name[1:]}Payload"
    success, *refusals = sorted(payload.types, key=lambda one: not one.name.endswith("Success"))
    assert success.name == payload.name.replace("Payload", "Success")
    assert all(any(face.name == "UserError" for face in one.interfaces) for one in refusals)


@pytest.mark.parametrize(("name", "field"), mutations())
def test_a_mutation_is_a_setter_or_carries_a_key(name: str, field: Any) -> None:
    taken = graphql.get_named_type(field.args["input"].type)
    assert isinstance(taken, GraphQLInputObjectType)
    key = taken.fields.get("idempotencyKey")
    assert (key is None) is (name in SETTERS)
    assert key is None or isinstance(key.type, graphql.GraphQLNonNull)


def of_kind(kind: type[GraphQLNamedType]) -> list[str]:
    return [one.name for one in OWN if isinstance(one, kind)]


def test_times_end_in_at_and_booleans_ask() -> None:
    for kind in OWN:
        if isinstance(kind, GraphQLObjectType):
            for name, field in kind.fields.items():
                named = graphql.get_named_type(field.type).name
                if named == "DateTime":
                    assert re.search(r"(At|Since|until)$", name), f"{kind.name}.{name}"
                if named == "Boolean":
                    assert re.match(r"(is|has|addsUp)", name), f"{kind.name}.{name}"


def test_every_code_of_the_domain_that_a_mutation_may_answer_is_published() -> None:
    """A code that is not in the enum would be shown as its kind only."""
    sources = [
        *(ROOT / "esquadrao" / "campaigns").glob("*.py"),
        ROOT / "esquadrao" / "channels" / "proxy.py",
        ROOT / "esquadrao" / "companies" / "sign_in.py",
        ROOT / "esquadrao" / "companies" / "throttle.py",
        ROOT / "esquadrao" / "companies" / "idempotency.py",
    ]
    text = "\n".join(path.read_text(encoding="utf-8") for path in sources)
    found = set(re.findall(r'\bcode="([a-z_]+)"', text))
    found |= set(re.findall(r'(?:Issue|\.field)\(\s*"[a-z_.]+",\s*"([a-z_]+)"', text))
    found |= set(re.findall(r'_refused\("([a-z_]+)"', text))
    found |= {f"proxy_{code}" for code in PROXY_FAILURES}
    assert len(found) > 5
    assert {code for code in found if code.upper() not in ErrorCode.__members__} == set()
