"""Expected refusals of mutations: members of each payload's union, all of them a UserError.

One table from the kind of a domain error to its member. `code` is a closed enum for programs and never translated;
`message` is for people, in the caller's language.
"""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any, TypeVar

import strawberry
import structlog

from esquadrao.errors import Conflict as DomainConflict
from esquadrao.errors import EsquadraoError, Invalid, OverLimit, Unavailable
from esquadrao.errors import Forbidden as DomainForbidden
from esquadrao.errors import Issue as DomainIssue
from esquadrao.errors import NotFound as DomainNotFound
from esquadrao_graphql import words
from esquadrao_graphql.codes import ErrorCode
from esquadrao_graphql.context import Context

log = structlog.get_logger()
Answer = TypeVar("Answer")


@strawberry.interface(description="Something a person or a program can put right.")
class UserError:
    code: ErrorCode = strawberry.field(description="What is wrong, for programs; never translated.")
    message: str = strawberry.field(
        description="What is wrong, for people, in the language of the caller."
    )
    path: list[str] = strawberry.field(
        description="The input field it is about; empty for the whole input."
    )


@strawberry.type(description="One thing wrong with one field of the input.")
class Issue:
    code: ErrorCode = strawberry.field(description="What is wrong, for programs; never translated.")
    message: str = strawberry.field(
        description="What is wrong, for people, in the language of the caller."
    )
    path: list[str] = strawberry.field(
        description="The input field it is about; empty for the whole input."
    )


@strawberry.type(description="The input cannot be taken as it is. Nothing was changed.")
class ValidationError(UserError):
    issues: list[Issue] = strawberry.field(description="Everything that is wrong, field by field.")


@strawberry.type(description="No such object in your company.")
class NotFound(UserError):
    pass


@strawberry.type(description="Your role does not allow this.")
class Forbidden(UserError):
    pass


@strawberry.type(description="Somebody moved it first, or its state does not allow this.")
class Conflict(UserError):
    state: str | None = strawberry.field(
        description="The state it is in now, where that is what stands in the way."
    )


@strawberry.type(description="A limit was reached: a rate, a size or a plan.")
class LimitReached(UserError):
    retry_after: int | None = strawberry.field(description="Seconds to wait, where waiting helps.")


@strawberry.type(
    description="A part of ours does not answer just now. Ask again with the same idempotency key."
)
class TemporarilyUnavailable(UserError):
    pass


Refusal = ValidationError | NotFound | Forbidden | Conflict | LimitReached | TemporarilyUnavailable
# Kind of the domain → its member, and the code that stands when the precise one is not published.
KINDS: dict[type[EsquadraoError], tuple[type[Any], ErrorCode]] = {
    Invalid: (ValidationError, ErrorCode.INVALID),
    DomainNotFound: (NotFound, ErrorCode.NOT_FOUND),
    DomainForbidden: (Forbidden, ErrorCode.FORBIDDEN),
    DomainConflict: (Conflict, ErrorCode.CONFLICT),
    OverLimit: (LimitReached, ErrorCode.OVER_LIMIT),
    Unavailable: (TemporarilyUnavailable, ErrorCode.UNAVAILABLE),
}


async def payload(context: Context, effect: Awaitable[Answer]) -> Answer | Refusal:
    """What the effect answers, or why it was refused. What is no refusal goes on, to be masked."""
    try:
        return await effect
    except tuple(KINDS) as error:
        return refusal(error, language=context.language)


def refusal(error: EsquadraoError, *, language: str) -> Refusal:
    member, fallback = next(entry for kind, entry in KINDS.items() if isinstance(error, kind))
    said = words.said(error.sentence, error.values, language=language)
    shared: dict[str, Any] = {"code": code_of(error.code, fallback), "message": said, "path": []}
    if isinstance(error, Invalid):
        shared["issues"] = [_issue(one, language) for one in error.issues]
        shared["path"] = shared["issues"][0].path if len(error.issues) == 1 else []
    if isinstance(error, DomainConflict):
        state = error.values.get("state")
        shared["state"] = str(state).upper() if state else None
    if isinstance(error, OverLimit):
        shared["retry_after"] = (
            int(error.retry_after.total_seconds()) if error.retry_after else None
        )
    made: Refusal = member(**shared)
    return made


def code_of(code: str, fallback: ErrorCode) -> ErrorCode:
    found = ErrorCode.__members__.get(code.upper())
    if found is None:
        log.warning(
            "error_code_not_published", code=code
        )  # a test finds it first: tests/graphql/errors
    return found or fallback


def _issue(issue: DomainIssue, language: str) -> Issue:
    message = words.said(issue.sentence, dict(issue.values), language=language)
    return Issue(
        code=code_of(issue.code, ErrorCode.INVALID), message=message, path=_input_path(issue.path)
    )


def _input_path(path: str) -> list[str]:
    """`contact_list_id` of the domain is `input.contactListId` of the API."""
    if not path:
        return ["input"]
    return ["input", *(_camel(step) for step in path.split("."))]


def _camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(part.capitalize() for part in rest)
