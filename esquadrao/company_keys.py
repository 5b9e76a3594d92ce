"""Composite keys `(company_id, <noun>_id)`: no row can point across Companies, whatever the code above does.

One list of relations, written for each engine: foreign keys on PostgreSQL and MariaDB; triggers on SQLite, which
cannot add a constraint to a table that exists. A NULL reference is allowed where the column is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tortoise.exceptions import OperationalError


@dataclass(frozen=True, slots=True)
class Relation:
    table: str
    column: str
    target: str

    @property
    def name(self) -> str:
        return f"{self.table}_{self.column}_same_company"


# Delivery.variant_id is left out: it is chosen from the Campaign's own Variants in the statement that writes it, and
# the key would make every edit of a draft look through all Deliveries.
RELATIONS = (
    Relation("session", "user_id", "user_account"),
    Relation("list_member", "contact_list_id", "contact_list"),
    Relation("list_member", "contact_id", "contact"),
    Relation("contact_import", "contact_list_id", "contact_list"),
    Relation("contact_import", "created_by", "user_account"),
    Relation("import_refusal", "import_id", "contact_import"),
    Relation("campaign", "channel_id", "channel"),
    Relation("campaign", "contact_list_id", "contact_list"),
    Relation("campaign", "created_by", "user_account"),
    Relation("variant", "campaign_id", "campaign"),
    Relation("delivery", "campaign_id", "campaign"),
    Relation("delivery", "contact_id", "contact"),
    Relation("message", "channel_id", "channel"),
    Relation("message", "campaign_id", "campaign"),
    Relation("message", "delivery_id", "delivery"),
    Relation("message", "contact_id", "contact"),
)
# Tables whose only tie is to their Company.
OWNED = ("user_account", "channel", "contact", "contact_field", "contact_list")


def _sqlite(relation: Relation) -> list[str]:
    table, column, target = relation.table, relation.column, relation.target
    missing = (
        f"NEW.{column} IS NOT NULL AND NOT EXISTS "
        f"(SELECT 1 FROM {target} WHERE id = NEW.{column} AND company_id = NEW.company_id)"
    )
    refuse = f"BEGIN SELECT RAISE(ABORT, 'FOREIGN KEY constraint failed: {relation.name}'); END"
    held = f"EXISTS (SELECT 1 FROM {table} WHERE company_id = OLD.company_id AND {column} = OLD.id)"
    return [
        f"CREATE TRIGGER {relation.name}_in BEFORE INSERT ON {table} WHEN {missing} {refuse}",
        f"CREATE TRIGGER {relation.name}_up BEFORE UPDATE OF {column}, company_id ON {table} WHEN {missing} {refuse}",
        f"CREATE TRIGGER {relation.name}_del BEFORE DELETE ON {target} WHEN {held} {refuse}",
    ]


def _sqlite_owned(table: str) -> str:
    return (
        f"CREATE TRIGGER {table}_owned BEFORE INSERT ON {table} "
        "WHEN NOT EXISTS (SELECT 1 FROM company WHERE id = NEW.company_id) "
        f"BEGIN SELECT RAISE(ABORT, 'FOREIGN KEY constraint failed: {table}_owned'); END"
    )


def statements(
    dialect: str, relations: tuple[Relation, ...] = RELATIONS, owned_tables: tuple[str, ...] = OWNED
) -> list[str]:
    """The DDL of relations for one engine; a migration that adds a table passes its own."""
    if dialect == "sqlite":
        return [line for one in relations for line in _sqlite(one)] + [
            _sqlite_owned(table) for table in owned_tables
        ]
    keys = [
        f"ALTER TABLE {one.table} ADD CONSTRAINT {one.name} FOREIGN KEY (company_id, {one.column}) "
        f"REFERENCES {one.target} (company_id, id)"
        for one in relations
    ]
    owned = [
        f"ALTER TABLE {table} ADD CONSTRAINT {table}_owned FOREIGN KEY (company_id) REFERENCES company (id)"
        for table in owned_tables
    ]
    return keys + owned


async def write_keys(
    editor: Any, relations: tuple[Relation, ...] = RELATIONS, owned_tables: tuple[str, ...] = OWNED
) -> None:
    """Write the keys inside a migration. MariaDB's DDL is not atomic: what a killed run left is passed over."""
    dialect = editor.client.capabilities.dialect
    if dialect == "mysql":
        await _tell_letters_apart(editor.client)
    for statement in statements(dialect, relations, owned_tables):
        try:
            await editor.client.execute_script(statement)
        except OperationalError as error:
            if dialect != "mysql" or "Duplicate" not in str(error):
                raise


async def _tell_letters_apart(client: Any) -> None:
    """Binary collation on every table not yet so: "José" and "jose" are two names, and an id is its bytes.

    Tortoise names the character set in CREATE TABLE, and with it comes that set's own collation, whatever the
    database's is. Before the keys, since a column in a key can no longer be converted.
    """
    tables = await client.execute_query_dict(
        "SELECT table_name AS name FROM information_schema.tables "
        "WHERE table_schema = DATABASE() AND table_collation <> 'utf8mb4_bin'"
    )
    for table in tables:
        await client.execute_script(
            f"ALTER TABLE `{table['name']}` CONVERT TO CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"
        )
