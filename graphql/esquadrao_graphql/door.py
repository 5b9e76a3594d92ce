"""What every operation passes, over HTTP and over a socket: parse, limits, validation, scopes; and its errors on the
way out. The verdict on a document is kept by its text, so a program's own documents are judged once.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    OperationType,
    parse,
    specified_rules,
    validate,
)
from strawberry.extensions import MaskErrors
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule

from esquadrao.companies.scopes import Scope
from esquadrao_graphql import limits, scopes
from esquadrao_graphql.context import Context
from esquadrao_graphql.faults import Code, fault, presented

REMEMBERED = 256  # documents; each at most 256 KiB of text
MOST_ERRORS = 20
RULES = (*specified_rules, MaybeNullValidationRule, OneOfInputValidationRule)


@dataclass(frozen=True, slots=True)
class Verdict:
    document: DocumentNode
    errors: tuple[GraphQLError, ...]
    scopes: frozenset[Scope]


@lru_cache(maxsize=REMEMBERED)
def judge(schema: GraphQLSchema, query: str) -> Verdict:
    """Raises GraphQLSyntaxError."""
    document = parse(query, max_tokens=limits.TOKENS)
    errors = limits.before_validation(document)
    if not errors:
        errors = validate(schema, document, RULES, max_errors=MOST_ERRORS)
    if not errors:
        errors = limits.after_validation(schema, document)
    needed = frozenset() if errors else scopes.required_by(schema, document)
    return Verdict(document, tuple(errors), needed)


class Door(MaskErrors):
    """One instance an operation."""

    def __init__(self) -> None:
        super().__init__()
        self._verdict: Verdict | None = None

    @property
    def context(self) -> Context:
        context: Context = self.execution_context.context
        return context

    def on_parse(self) -> Iterator[None]:
        asked = self.execution_context
        asked.parse_options["max_tokens"] = limits.TOKENS
        # A syntax error is left to the parsing step that follows, which answers it in the usual way.
        with suppress(GraphQLSyntaxError):
            self._verdict = judge(asked.schema._schema, asked.query or "")  # noqa: SLF001
            asked.graphql_document = self._verdict.document
        yield

    def on_validate(self) -> Iterator[None]:
        self.execution_context.pre_execution_errors = self._refusals()
        yield

    def _refusals(self) -> list[GraphQLError]:
        asked, verdict = self.execution_context, self._verdict
        if verdict is None or verdict.errors:
            return list(verdict.errors) if verdict else []
        if limits.list_is_too_long(asked.variables):
            return [fault(Code.TOO_COMPLEX, f"A list of more than {limits.LIST_ITEMS} items.")]
        if (
            self.context.is_socket
            and asked.operation_type.value != OperationType.SUBSCRIPTION.value
        ):
            return [
                fault(
                    Code.BAD_REQUEST,
                    "Only subscriptions run over a socket: POST queries and mutations.",
                )
            ]
        bearer = self.context.bearer
        missing = verdict.scopes - (bearer.scopes if bearer else frozenset())
        if missing:
            return [fault(Code.INSUFFICIENT_SCOPE, missingScopes=sorted(missing))]
        return []

    def _process_errors(self, errors: list[GraphQLError]) -> list[GraphQLError]:
        context = self.context
        return [
            presented(one, language=context.language, request_id=context.request_id)
            for one in errors
        ]

    def get_results(self) -> dict[str, Any]:
        return {"idempotency": {"replayed": True}} if self.context.was_replayed else {}
