"""A list of very many people, made by the database itself: a fixture, never what is measured."""

from __future__ import annotations

from esquadrao import sql
from esquadrao.companies.models import Company
from esquadrao.contacts.models import ContactList
from esquadrao.database import connection, db_now, dialect
from esquadrao.unit_of_work import unit_of_work

CHUNK = 50_000  # people a transaction
FIRST_NUMBER = 60_000_000  # the ninth digit is dropped from the key only before 6 to 9
# UUIDv7 by shape: the number stands in the low digits, so that ids rise as they do in life.
IDS = {
    "postgres": "CAST('01930000-0000-7000-8000-' || lpad(to_hex(n), 12, '0') AS uuid)",
    "sqlite": "'01930000-0000-7000-8000-' || printf('%012x', n)",
}
TEXT = {"postgres": "CAST(n AS text)", "sqlite": "CAST(n AS text)"}
NUMBERS = {
    "postgres": "SELECT n FROM generate_series(CAST(:low AS bigint), CAST(:high AS bigint)) AS s(n)",
    "sqlite": "SELECT value AS n FROM (WITH RECURSIVE s(value) AS (SELECT :low UNION ALL "
    "SELECT value + 1 FROM s WHERE value < :high) SELECT value FROM s)",
}
PEOPLE = """
INSERT INTO contact
  (id, company_id, name, phone, phone_key, email, custom, search_text, version, created_at, updated_at)
SELECT {id}, :company, 'Pessoa ' || {text} || ' da Silva', '+55119' || {phone}, '5511' || {phone}, '',
  '{{"cidade": "Recife", "pedido": "' || {text} || '"}}', 'pessoa ' || {text} || ' da silva 55119' || {phone},
  1, :now, :now
FROM ({numbers}) AS s
"""
MEMBERS = """
INSERT INTO list_member (company_id, contact_list_id, contact_id) SELECT :company, :list, {id} FROM ({numbers}) AS s
"""


async def make_crowd(company: Company, name: str, *, first: int, count: int) -> ContactList:
    """A list of `count` new people, numbered from `first`."""
    made = ContactList(company_id=company.id, name=name)
    await made.save()
    named = {
        "id": IDS[dialect()],
        "text": TEXT[dialect()],
        "phone": f"CAST({FIRST_NUMBER} + n AS text)",
        "numbers": NUMBERS[dialect()],
    }
    people, members = PEOPLE.format(**named), MEMBERS.format(**named)
    if dialect() == "postgres":
        people = people.replace("'{\"cid", "CAST('{\"cid").replace("'\"}',", "'\"}' AS jsonb),")
        people = people.replace(":company", "CAST(:company AS uuid)")
        members = members.replace(":company", "CAST(:company AS uuid)").replace(
            ":list", "CAST(:list AS uuid)"
        )
    for low in range(first, first + count, CHUNK):
        span = {"low": low, "high": min(low + CHUNK, first + count) - 1, "company": company.id}
        async with unit_of_work():
            await sql.run(people, **span, now=await db_now())
            await sql.run(members, **span, list=made.id)
    if dialect() == "postgres":
        await connection().execute_script("ANALYZE")
    return made
