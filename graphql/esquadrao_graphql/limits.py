"""How much a document may ask. The first table is checked before validation, which is itself expensive; the second
needs the types and comes after.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from graphql import (
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    ListValueNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    Visitor,
    get_named_type,
    visit,
)

from esquadrao_graphql.faults import Code, fault

TOKENS = 1_000
ALIASES = 15
DIRECTIVES = 20
LIST_ITEMS = 250

DEPTH = 10
ROOT_FIELDS = 20
MUTATION_FIELDS = 4
FIELDS = 1_000  # after fragments are spread: they can multiply in a short document


class Counter(Visitor):
    def __init__(self) -> None:
        super().__init__()
        self.aliases = self.directives = self.longest_list = 0

    def enter_field(self, node: FieldNode, *_: Any) -> None:
        self.aliases += node.alias is not None

    def enter_directive(self, _node: DirectiveNode, *_: Any) -> None:
        self.directives += 1

    def enter_list_value(self, node: ListValueNode, *_: Any) -> None:
        self.longest_list = max(self.longest_list, len(node.values))


def before_validation(document: DocumentNode) -> list[GraphQLError]:
    counter = Counter()
    visit(document, counter)
    return list(
        _over(
            ("aliases", counter.aliases, ALIASES),
            ("directives", counter.directives, DIRECTIVES),
            ("items in a list", counter.longest_list, LIST_ITEMS),
        )
    )


def after_validation(schema: GraphQLSchema, document: DocumentNode) -> list[GraphQLError]:
    """For a valid document only: its fragments make no circle."""
    survey = Survey(schema, document)
    errors: list[GraphQLError] = []
    for operation in document.definitions:
        if not isinstance(operation, OperationDefinitionNode):
            continue
        root = schema.get_root_type(operation.operation)
        if root is None:
            continue
        size = survey.of(operation.selection_set, root)
        most_roots = (
            MUTATION_FIELDS if operation.operation is OperationType.MUTATION else ROOT_FIELDS
        )
        errors += _over(
            ("levels", size.depth, DEPTH),
            ("fields", size.fields, FIELDS),
            ("root fields", size.width, most_roots),
        )
        if size.nests:
            message = (
                "A connection inside a connection is not served: ask for the object by its id."
            )
            errors.append(fault(Code.TOO_COMPLEX, message))
    return errors


def list_is_too_long(value: object) -> bool:
    """Whether a variable holds a longer list than a literal may be."""
    if isinstance(value, list):
        return len(value) > LIST_ITEMS or any(map(list_is_too_long, value))
    return isinstance(value, dict) and any(map(list_is_too_long, value.values()))


def _over(*counts: tuple[str, int, int]) -> Iterator[GraphQLError]:
    for what, count, most in counts:
        if count > most:
            yield fault(Code.TOO_COMPLEX, f"{count} {what}; at most {most}.")


@dataclass(frozen=True, slots=True)
class Size:
    depth: int = 0
    fields: int = 0
    width: int = 0  # fields on its own first level
    connects: bool = False  # holds a connection
    nests: bool = False  # holds a connection inside a connection

    def beside(self, other: Size) -> Size:
        return Size(
            max(self.depth, other.depth),
            self.fields + other.fields,
            self.width + other.width,
            self.connects or other.connects,
            self.nests or other.nests,
        )


class Survey:
    """Sizes of selections with fragments spread; each fragment is measured once."""

    def __init__(self, schema: GraphQLSchema, document: DocumentNode) -> None:
        self._schema = schema
        self._fragments = {
            one.name.value: one
            for one in document.definitions
            if isinstance(one, FragmentDefinitionNode)
        }
        self._measured: dict[str, Size] = {}

    def of(self, selections: SelectionSetNode, parent: Any) -> Size:
        size = Size()
        for selection in selections.selections:
            if isinstance(selection, FieldNode):
                size = size.beside(self._of_field(selection, parent))
            elif isinstance(selection, InlineFragmentNode):
                condition = selection.type_condition
                inner = self._schema.get_type(condition.name.value) if condition else parent
                size = size.beside(self.of(selection.selection_set, inner))
            elif isinstance(selection, FragmentSpreadNode):
                size = size.beside(self._of_fragment(selection.name.value))
        return size

    def _of_field(self, node: FieldNode, parent: Any) -> Size:
        name = node.name.value
        if name.startswith("__"):  # introspection is for callers, and deep by nature
            return Size(depth=1, fields=1, width=1)
        known = (
            parent.fields.get(name)
            if isinstance(parent, GraphQLObjectType | GraphQLInterfaceType)
            else None
        )
        kind = get_named_type(known.type) if known else None
        connects = kind is not None and kind.name.endswith("Connection")
        inner = self.of(node.selection_set, kind) if node.selection_set else Size()
        return Size(
            depth=inner.depth + 1,
            fields=inner.fields + 1,
            width=1,
            connects=connects or inner.connects,
            nests=inner.nests or (connects and inner.connects),
        )

    def _of_fragment(self, name: str) -> Size:
        if name not in self._measured:
            fragment = self._fragments[name]
            kind = self._schema.get_type(fragment.type_condition.name.value)
            self._measured[name] = self.of(fragment.selection_set, kind)
        return self._measured[name]
