"""What every engine must hold of the schema, whatever made the database."""

from __future__ import annotations

import pytest
from tortoise.exceptions import IntegrityError, OperationalError

from esquadrao.contacts.models import ContactList, ListMember
from esquadrao.database import connection
from esquadrao.tenancy import new_id
from tests.conftest import Cast
from tests.factories import make_contacts


async def test_names_that_differ_in_case_or_accent_are_two(cast: Cast) -> None:
    for name in ("José", "Jose", "jose"):
        await ContactList(company_id=cast.alfa.id, name=name).save()
    assert await ContactList.of(cast.alfa).filter(name="José").count() == 1


async def test_mariadb_compares_every_table_by_its_bytes(db: str) -> None:
    if db != "mysql":
        return
    loose = await connection().execute_query_dict(
        "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = DATABASE() "
        "AND table_collation <> 'utf8mb4_bin' AND table_name <> 'tortoise_migrations'"
    )
    assert loose == []


async def test_no_row_points_across_companies(cast: Cast) -> None:
    (contact,) = await make_contacts(cast.alfa, 1)
    beta_list = ContactList(company_id=cast.beta.id, name="Clientes")
    await beta_list.save()
    stray = ListMember(company_id=cast.beta.id, contact_list_id=beta_list.id, contact_id=contact.id)
    with pytest.raises((IntegrityError, OperationalError)):
        await stray.save()
    assert await ListMember.of(cast.beta).count() == 0


async def test_a_row_of_no_company_is_refused(db: str) -> None:
    with pytest.raises((IntegrityError, OperationalError)):
        await ContactList(company_id=new_id(), name="De ninguém").save()
