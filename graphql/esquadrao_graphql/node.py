"""The interface of every object with an id."""

from __future__ import annotations

import strawberry


@strawberry.interface(description="An object with an id that no other object of the API has.")
class Node:
    id: strawberry.ID = strawberry.field(
        description="Opaque; the same for as long as the object lives."
    )
