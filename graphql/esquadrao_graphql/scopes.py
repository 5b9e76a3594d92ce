"""`@scope(requires:)`: what a token must be allowed before a field may run, shown in the schema and checked for the
whole document before anything runs.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import strawberry
from graphql import (
    SKIP,
    DocumentNode,
    FieldNode,
    GraphQLSchema,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    VisitorAction,
    get_named_type,
    visit,
)
from strawberry.schema_directive import Location

from esquadrao.companies.scopes import Scope


@strawberry.schema_directive(
    locations=[Location.FIELD_DEFINITION, Location.OBJECT],
    name="scope",
    description="The scopes a token needs to select this; an empty list needs a token and nothing more.",
)
class RequiredScope:
    requires: list[str] = strawberry.directive_field(name="requires")


def requires(*scopes: Scope) -> tuple[RequiredScope]:
    """For `directives=` of a root field or of a type that is a Node."""
    return (RequiredScope(requires=[scope.value for scope in scopes]),)


SIGN_IN = "signIn"  # it gives the token: what it answers is the caller's own, and needs none


class Collector(Visitor):
    def __init__(self, types: TypeInfo) -> None:
        super().__init__()
        self.types = types
        self.found: set[Scope] = set()

    def enter_field(self, node: FieldNode, *_: Any) -> VisitorAction:
        if node.name.value == SIGN_IN:
            return SKIP
        field = self.types.get_field_def()
        self._add(field)
        if field is not None:
            self._add(get_named_type(field.type))
        return None

    def _add(self, defined: Any) -> None:
        if defined is not None:
            self.found.update(scopes_on(defined))


def required_by(schema: GraphQLSchema, document: DocumentNode) -> frozenset[Scope]:
    """Every scope that any operation or fragment of a valid document needs."""
    types = TypeInfo(schema)
    collector = Collector(types)
    visit(document, TypeInfoVisitor(types, collector))
    return frozenset(collector.found)


def scopes_on(defined: Any) -> Iterable[Scope]:
    """Those written on one field or type of the schema."""
    definition = defined.extensions.get("strawberry-definition")
    for directive in getattr(definition, "directives", None) or ():
        if isinstance(directive, RequiredScope):
            yield from (Scope(scope) for scope in directive.requires)
