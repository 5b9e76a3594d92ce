"""Domain enums as GraphQL enums, each value with its description."""

from __future__ import annotations

from enum import Enum
from typing import Any

import strawberry


def describe(
    enum: type[Enum], description: str, values: dict[Any, str], *, name: str | None = None
) -> None:
    """Publish a domain enum. A member without a description fails at import, so a new one cannot slip out bare."""
    published: Any = strawberry.enum(enum, name=name, description=description)
    for value in published.__strawberry_definition__.values:
        value.description = values[enum[value.name]]
