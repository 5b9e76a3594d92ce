"""Forward on data: what a release finds in the tables is still there after it, in its new place."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from tortoise.migrations.api import migrate as run_migrations

from esquadrao.campaigns.models import Campaign, Variant
from esquadrao.contacts.models import Suppression
from esquadrao.contacts.suppress import hash_of
from esquadrao.database import close_database, connection, migrate, open_database, tortoise_config
from esquadrao.sql import uuid, written
from esquadrao.tenancy import new_id
from tests import services
from tests.conftest import ENGINES

COMPANY, USER, ASKING, SILENT, CONTACT = (new_id() for _ in range(5))
EVERYTHING: dict[str, tuple[str, ...]] = {
    "postgres": ("DROP SCHEMA public CASCADE", "CREATE SCHEMA public"),
    "mysql": (),
    "sqlite": (),
}


async def run(statement: str, engine: Any, **values: object) -> None:
    text, bound = written(statement, values, engine)
    await connection().execute_query(text, bound)


async def forget(engine: str) -> None:
    """The database as before its first migration."""
    for statement in EVERYTHING[engine]:
        await connection().execute_script(statement)
    if engine == "mysql":
        (row,) = await connection().execute_query_dict("SELECT DATABASE() AS name")
        name = row["name"]
        await connection().execute_script(f"DROP DATABASE `{name}`")
        await connection().execute_script(f"CREATE DATABASE `{name}`")


async def fill(engine: str) -> None:
    await run(
        "INSERT INTO company (id, name, default_ddd, timezone, wa_key, created_at) "
        "VALUES (:id, 'Alfa', '11', 'UTC', 'k', CURRENT_TIMESTAMP)",
        engine,
        id=COMPANY,
    )
    await run(
        "INSERT INTO user_account (id, company_id, name, email, password_hash, role, language, is_active, created_at) "
        "VALUES (:id, :company, 'Ana', 'ana@alfa.example', '-', 'owner', 'pt-BR', TRUE, CURRENT_TIMESTAMP)",
        engine,
        id=USER,
        company=COMPANY,
    )
    zeros = "chosen, skipped, waiting, sending, sent, failed, unknown, cancelled, delivered_count, read_count"
    for key, state, question in ((ASKING, "running", "Posso?"), (SILENT, "draft", None)):
        await run(
            "INSERT INTO campaign (id, company_id, name, missing_variable, question, state, reason, "
            f"late_start_confirmed, is_audience_whole, {zeros}, version, created_by, created_at, updated_at) VALUES "
            "(:id, :company, 'Aviso', 'fallback', :question, :state, '', FALSE, FALSE, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, "
            "1, :user, CURRENT_TIMESTAMP, CURRENT_TIMESTAMP)",
            engine,
            id=key,
            company=COMPANY,
            question=question,
            state=state,
            user=USER,
        )
        await run(
            "INSERT INTO variant (id, company_id, campaign_id, position, body) "
            "VALUES (:id, :company, :campaign, 0, 'Oi')",
            engine,
            id=new_id(),
            company=COMPANY,
            campaign=key,
        )
    await run(
        "INSERT INTO contact (id, company_id, name, phone, phone_key, email, custom, search_text, version, "
        "suppressed_at, created_at, updated_at) VALUES (:id, :company, '', '+5511987654321', '551187654321', '', "
        "'{}', '', 1, CURRENT_TIMESTAMP, CURRENT_TIMESTAMP, CURRENT_TIMESTAMP)",
        engine,
        id=CONTACT,
        company=COMPANY,
    )
    await run(
        "INSERT INTO suppression (id, company_id, phone_hash, reason, created_at) "
        "VALUES (:id, :company, :phone_hash, 'opt_out', CURRENT_TIMESTAMP)",
        engine,
        id=new_id(),
        company=COMPANY,
        phone_hash=hash_of(COMPANY, "551187654321"),
    )


async def texts(campaign_id: UUID) -> list[tuple[int, int, str]]:
    rows = await Variant.of(COMPANY).filter(campaign_id=campaign_id).order_by("step", "position")
    return [(one.step, one.position, one.body) for one in rows]


@pytest.mark.parametrize("engine", ENGINES)
async def test_what_there_is_stands_in_its_new_place_and_what_runs_gets_no_footer(
    engine: str, tmp_path: Path, clean_redis: object
) -> None:
    url = services.database_url(engine, tmp_path)
    await open_database(url)
    await forget(engine)
    await close_database()
    await run_migrations(config=tortoise_config(url), target="esquadrao.0008_instance")
    await open_database(url)
    await fill(engine)
    await close_database()
    await migrate(url)
    await open_database(url)
    try:
        assert await texts(ASKING) == [(-1, 0, "Posso?"), (0, 0, "Oi")]
        assert await texts(SILENT) == [(0, 0, "Oi")]
        footers = {uuid(one.id): one.has_footer for one in await Campaign.of(COMPANY).all()}
        assert footers == {ASKING: False, SILENT: True}
        held = await Suppression.of(COMPANY).get()
        assert (uuid(held.contact_id), held.phone_end) == (CONTACT, "4321")
        stray = Variant(company_id=COMPANY, campaign_id=new_id(), position=1, body="De ninguém")
        with pytest.raises(Exception, match=r"(?i)foreign key"):
            await stray.save()
    finally:
        await close_database()
