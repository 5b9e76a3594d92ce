"""The wall between Companies: every query on a Company's rows starts with `Model.of(company)`.

Tortoise's own entrances (`all`, `filter`, `get`, `raw`, `bulk_create`, reverse relations) all ask the manager of
the model for a query set; the manager set here raises instead. There are no ForeignKeyFields: a relation is a plain
`<noun>_id` column and a composite key `(company_id, <noun>_id)` in the schema, so no row can point across Companies
and nothing can be reached by walking from another row.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, ClassVar, Self
from uuid import UUID

import uuid_utils.compat
from tortoise import fields
from tortoise.manager import Manager
from tortoise.models import Model, ModelMeta
from tortoise.queryset import QuerySet

from esquadrao.errors import NotFound, UnscopedQuery

if TYPE_CHECKING:
    from esquadrao.companies.models import Company


def new_id() -> UUID:
    """A UUIDv7: sorts by its time of birth, so that indexes grow at one end and keyset pages follow creation."""
    return uuid_utils.compat.uuid7()


class ScopedManager(Manager):
    """Refuses: it does not know the Company. `of()` builds its query set without it."""

    def get_queryset(self) -> QuerySet[Any]:
        model = self._model.__name__ if self._model else "model"
        raise UnscopedQuery(f"{model}: begin with {model}.of(company)")


class QuietMeta(ModelMeta):
    """Keeps docstrings and comments out of the schema: rewording one must not need a migration."""

    def __new__(mcs, name: str, bases: tuple[type, ...], attrs: dict[str, Any]) -> type:
        made = super().__new__(mcs, name, bases, attrs | {"_no_comments": True})
        made._meta.table_description = ""  # type: ignore[attr-defined]
        return made


class ScopedMeta(QuietMeta):
    def __new__(mcs, name: str, bases: tuple[type, ...], attrs: dict[str, Any]) -> type:
        made = super().__new__(mcs, name, bases, attrs)
        manager = ScopedManager()
        manager._model = made  # noqa: SLF001  # what Tortoise itself does with a manager
        made._meta.manager = manager  # type: ignore[attr-defined]  # Meta is not inherited: set it on each model
        return made


class InstallationRow(Model, metaclass=QuietMeta):
    """A row of the whole installation: what must be found before a Company is known, and nothing else."""

    class Meta:
        abstract = True


class CompanyRow(Model, metaclass=ScopedMeta):
    """A row that belongs to one Company."""

    company_id = fields.UUIDField()

    company_column: ClassVar[str] = "company_id"

    class Meta:
        abstract = True

    @classmethod
    def of(cls, company: Company | UUID) -> QuerySet[Self]:
        """The rows of one Company: the only way to a query set."""
        company_id = company if isinstance(company, UUID) else company.id
        if not isinstance(company_id, UUID):
            raise UnscopedQuery(f"{cls.__name__}.of() wants a Company or its id, not {company!r}")
        return QuerySet(cls).filter(**{cls.company_column: company_id})

    @classmethod
    async def one(cls, company: Company | UUID, row_id: UUID | int) -> Self:
        """One row by id. Raises NotFound, alike for an unknown id and for another Company's."""
        found = await cls.of(company).get_or_none(id=row_id)
        if found is None:
            raise NotFound
        return found

    @classmethod
    def across_companies(cls) -> QuerySet[Self]:
        """Rows of every Company: for the engine's set-based statements alone; a test lists its callers."""
        return QuerySet(cls)

    @classmethod
    async def insert_many(cls, rows: Iterable[Self], *, batch_size: int = 500) -> None:
        """`bulk_create` that refuses a row without a Company. Keys made by the database are not filled in."""
        batch = list(rows)
        if any(not isinstance(getattr(row, row.company_column), UUID) for row in batch):
            raise UnscopedQuery(f"{cls.__name__} without a company")
        if batch:
            await QuerySet(cls).bulk_create(batch, batch_size=batch_size)

    async def save(self, *args: Any, **kwargs: Any) -> None:
        if not isinstance(getattr(self, self.company_column, None), UUID):
            raise UnscopedQuery(f"{type(self).__name__} without a company")
        await super().save(*args, **kwargs)
