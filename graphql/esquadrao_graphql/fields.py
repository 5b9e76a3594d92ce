"""`strawberry.field` and its kin as decorators with types, and never without a description."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar, cast

import strawberry

Resolver = TypeVar("Resolver", bound=Callable[..., Any])


def field(*, description: str, directives: Sequence[object] = ()) -> Callable[[Resolver], Resolver]:
    """A field of an object or of `Query`; an effect, under `Mutation`."""
    made = strawberry.field(description=description, directives=directives)
    return cast(Callable[[Resolver], Resolver], made)


def subscription(
    *, description: str, directives: Sequence[object] = ()
) -> Callable[[Resolver], Resolver]:
    made = strawberry.subscription(description=description, directives=directives)
    return cast(Callable[[Resolver], Resolver], made)
