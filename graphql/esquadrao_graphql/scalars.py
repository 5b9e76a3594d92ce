"""Scalars of our own. A bad value is the caller's fault, so they raise GraphQLError, which is shown and not masked."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import NewType

import strawberry
from graphql import GraphQLError
from strawberry.types.scalar import ScalarDefinition

PhoneNumber = NewType("PhoneNumber", str)
IdempotencyKey = NewType("IdempotencyKey", str)

KEY = re.compile(r"[A-Za-z0-9_-]{8,64}")
RFC_3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,6})?([Zz]|[+-]\d\d:\d\d)")


def written(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def moment_of(value: object) -> datetime:
    if isinstance(value, str) and RFC_3339.fullmatch(value):
        try:
            return datetime.fromisoformat(value.upper()).astimezone(UTC)
        except (ValueError, OverflowError):
            pass
    raise GraphQLError("DateTime must be RFC 3339 with an offset, like 2026-03-09T14:30:00-03:00.")


def key_of(value: object) -> str:
    if isinstance(value, str) and KEY.fullmatch(value):
        return value
    raise GraphQLError("IdempotencyKey must be 8 to 64 of A-Z a-z 0-9 _ -.")


def phone_of(value: object) -> str:
    if isinstance(value, str) and re.fullmatch(r"\+[1-9]\d{5,14}", value):
        return value
    raise GraphQLError("PhoneNumber must be E.164, like +5511912345678.")


SCALARS: dict[object, ScalarDefinition] = {
    datetime: strawberry.scalar(
        name="DateTime",
        description="A moment, RFC 3339. Answers are in UTC; input carries its offset.",
        specified_by_url="https://scalars.graphql.org/andimarek/date-time",
        serialize=written,
        parse_value=moment_of,
    ),
    PhoneNumber: strawberry.scalar(
        name="PhoneNumber",
        description="A telephone number, E.164, like +5511912345678.",
        specified_by_url="https://www.itu.int/rec/T-REC-E.164",
        serialize=str,
        parse_value=phone_of,
    ),
    IdempotencyKey: strawberry.scalar(
        name="IdempotencyKey",
        description=(
            "A key you choose for one effect, 8 to 64 of A-Z a-z 0-9 _ -. "
            "The same key with the same input within 7 days gives the same answer and no second effect."
        ),
        serialize=str,
        parse_value=key_of,
    ),
}
