"""Import: rows a second of a spreadsheet, against a bare bulk insert of the same rows."""

from __future__ import annotations

import time

from esquadrao.contacts.importing import begin, import_contacts
from esquadrao.contacts.models import Contact, ContactImport, ContactList, ListMember
from esquadrao.database import db_now, dialect
from esquadrao.unit_of_work import unit_of_work
from tests.bench.figures import Figure
from tests.bench.people import contact, make_company, member

ROWS = 20_000
BATCH = 500  # rows a transaction, as the import takes them


async def measure() -> list[Figure]:
    alfa, ana = await make_company("Alfa")
    text = "".join(_line(number) for number in range(ROWS))
    one = await begin(
        alfa,
        ana,
        filename="clientes.csv",
        content=f"nome;telefone;email;cidade;pedido\n{text}".encode(),
        new_list="Clientes",
    )
    started = time.perf_counter()
    await import_contacts(alfa.id, one.id)
    took = time.perf_counter() - started
    done = await ContactImport.one(alfa, one.id)
    if done.created != ROWS:
        raise RuntimeError(f"{done.created} of {ROWS} rows came in")
    return [
        Figure(
            f"import.{dialect()}", ROWS / took, "rows/s", ROWS / await _bare(), "bare bulk insert"
        )
    ]


async def _bare() -> float:
    beta, _ = await make_company("Beta")
    made = ContactList(company_id=beta.id, name="Clientes")
    await made.save()
    moment = await db_now()
    people = [contact(beta, number, moment) for number in range(ROWS)]
    started = time.perf_counter()
    for start in range(0, ROWS, BATCH):
        batch = people[start : start + BATCH]
        async with unit_of_work():
            await Contact.insert_many(batch)
            await ListMember.insert_many(member(beta, made, one.id) for one in batch)
    return time.perf_counter() - started


def _line(number: int) -> str:
    digits = str(80_000_000 + number)
    return f"Pessoa {number};(11) 9{digits[:4]}-{digits[4:]};pessoa{number}@exemplo.example;Recife;{number}\n"
