"""Connections with keyset cursors of our own: no row is skipped or doubled while others come and go.

A cursor holds the key of a row and is signed, bound to the Company, the connection and its order: another Company's,
another list's or an edited one is refused alike. Rows are ordered by their id, which rises with their birth.
"""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Annotated, Generic, TypeVar
from uuid import UUID

import strawberry
from tortoise.queryset import QuerySet

from esquadrao.errors import Invalid
from esquadrao.settings import settings
from esquadrao.tenancy import CompanyRow
from esquadrao.words import N_
from esquadrao_graphql.fields import field

Row = TypeVar("Row", bound=CompanyRow)
Item = TypeVar("Item")

DEFAULT_PAGE, LONGEST_PAGE = 50, 100
COUNTED_TO = 10_000
SEAL = 12  # bytes of HMAC in a cursor
LONGEST_CURSOR = 200

First = Annotated[
    int | None,
    strawberry.argument(description="How many from the start, 1 to 100; 50 when neither is given."),
]
After = Annotated[
    str | None, strawberry.argument(description="The cursor to go on after; with `first`.")
]
Last = Annotated[
    int | None,
    strawberry.argument(description="How many from the end, 1 to 100; instead of `first`."),
]
Before = Annotated[
    str | None, strawberry.argument(description="The cursor to go back from; with `last`.")
]


@strawberry.type(description="Where a page stands in its list.")
class PageInfo:
    has_next_page: bool = strawberry.field(description="Whether there are rows after this page.")
    has_previous_page: bool = strawberry.field(
        description="Whether there are rows before this page."
    )
    start_cursor: str | None = strawberry.field(description="The cursor of the first edge.")
    end_cursor: str | None = strawberry.field(description="The cursor of the last edge.")


@strawberry.type(description="A row of a list with its cursor.")
class Edge(Generic[Item]):
    cursor: str = strawberry.field(description="Where this row stands, for `after` and `before`.")
    node: Item = strawberry.field(description="The row.")


class Total:
    """Rows of the whole list, counted when somebody asks, once, and no further than 10,000."""

    def __init__(self, rows: QuerySet[Row]) -> None:
        self._rows = rows
        self._known: tuple[int, bool] | None = None

    async def read(self) -> tuple[int, bool]:
        if self._known is None:
            if (
                await self._rows.order_by("id")
                .offset(COUNTED_TO)
                .limit(1)
                .values_list("id", flat=True)
            ):
                self._known = (COUNTED_TO, True)
            else:
                self._known = (await self._rows.count(), False)
        return self._known


@strawberry.type(description="A page of a list.")
class Connection(Generic[Item]):
    edges: list[Edge[Item]] = strawberry.field(
        description="The rows of this page with their cursors."
    )
    page_info: PageInfo = strawberry.field(description="Where this page stands in its list.")
    total: strawberry.Private[Total]

    @field(description="The rows of this page.")
    def nodes(self) -> list[Item]:
        return [edge.node for edge in self.edges]

    @field(description="How many rows the whole list has, counted to 10,000.")
    async def total_count(self) -> int:
        return (await self.total.read())[0]

    @field(description="Whether there are more rows than `totalCount` says.")
    async def is_total_capped(self) -> bool:
        return (await self.total.read())[1]


@dataclass(frozen=True, slots=True)
class Window:
    first: int | None = None
    after: str | None = None
    last: int | None = None
    before: str | None = None

    def size(self) -> int:
        if self.first is not None and self.last is not None:
            raise Invalid(N_("Peça first ou last, não os dois."), code="invalid")
        size = (
            self.last
            if self.last is not None
            else self.first
            if self.first is not None
            else DEFAULT_PAGE
        )
        if not 1 <= size <= LONGEST_PAGE:
            raise Invalid(N_("first e last vão de 1 a {most}."), code="invalid", most=LONGEST_PAGE)
        return size


async def connect(
    rows: QuerySet[Row],
    *,
    name: str,
    company_id: UUID,
    window: Window,
    wrap: Callable[[Row], Item],
    newest_first: bool = False,
) -> Connection[Item]:
    """A page of `rows` in the order of their ids. Raises Invalid for a bad window or cursor."""
    cursors = Cursors(f"{name}:{'-id' if newest_first else 'id'}", company_id)
    size, is_backward = window.size(), window.last is not None
    page = rows
    past, until = ("id__lt", "id__gt") if newest_first else ("id__gt", "id__lt")
    if window.after is not None:
        page = page.filter(**{past: cursors.read(window.after)})
    if window.before is not None:
        page = page.filter(**{until: cursors.read(window.before)})
    order = "-id" if newest_first != is_backward else "id"
    found = list(await page.order_by(order).limit(size + 1))
    has_more, found = len(found) > size, found[:size]
    if is_backward:
        found.reverse()
    edges = [Edge(cursor=cursors.write(row.pk), node=wrap(row)) for row in found]
    return Connection(
        edges=edges,
        page_info=PageInfo(
            has_next_page=window.before is not None if is_backward else has_more,
            has_previous_page=has_more if is_backward else window.after is not None,
            start_cursor=edges[0].cursor if edges else None,
            end_cursor=edges[-1].cursor if edges else None,
        ),
        total=Total(rows),
    )


class Cursors:
    def __init__(self, connection: str, company_id: UUID) -> None:
        self._bound = f"graphql cursor\0{company_id}\0{connection}\0".encode()

    def write(self, key: UUID | int) -> str:
        plain = str(key).encode()
        return (
            urlsafe_b64encode(self._seal(plain, settings().signing_keys[0]) + plain)
            .decode()
            .rstrip("=")
        )

    def read(self, text: str) -> str:
        """The key of the row. Raises Invalid."""
        raw = b""
        if len(text) <= LONGEST_CURSOR and text.isascii():
            try:
                raw = urlsafe_b64decode(text + "=" * (-len(text) % 4))
            except ValueError:
                raw = b""
        seal, plain = raw[:SEAL], raw[SEAL:]
        if not any(
            hmac.compare_digest(seal, self._seal(plain, key)) for key in settings().signing_keys
        ):
            raise Invalid(N_("Este cursor não é desta lista."), code="invalid_cursor")
        return plain.decode()

    def _seal(self, plain: bytes, key: bytes) -> bytes:
        return hmac.new(key, self._bound + plain, sha256).digest()[:SEAL]
