"""A question has its own Variants; the footer; what a Suppression says of itself; files of phones to leave alone."""

from typing import Any
from uuid import UUID

from tortoise import fields, migrations
from tortoise.migrations import operations as ops

from esquadrao.company_keys import Relation, write_keys
from esquadrao.contacts.suppress import SHOWN_DIGITS, hash_of
from esquadrao.tenancy import new_id

OF_VARIANT = (Relation("variant", "campaign_id", "campaign"),)
# One of three columns: (company_id, id) has two.
KEY = ("company_id", "campaign_id", "position")
KEY_WITH_STEP = ("company_id", "campaign_id", "step", "position")
# The name the key had, as the engine's own catalogue tells it.
NAMED = {
    "postgres": "SELECT conname AS name FROM pg_constraint WHERE conrelid = 'variant'::regclass AND contype = 'u' "
    "AND array_length(conkey, 1) = 3",
    "mysql": "SELECT index_name AS name FROM information_schema.statistics WHERE table_schema = DATABASE() "
    "AND table_name = 'variant' GROUP BY index_name "
    "HAVING GROUP_CONCAT(column_name ORDER BY seq_in_index) = 'company_id,campaign_id,position'",
}


async def position_in_step(_apps: Any, editor: Any) -> None:
    """The key of a Variant names its step. In one statement, since MariaDB's DDL has no transaction."""
    client = editor.client
    dialect = client.capabilities.dialect
    if dialect == "sqlite":
        await _remade(editor)
        return
    for old in await client.execute_query_dict(NAMED[dialect]):
        kind, quote = ("CONSTRAINT", '"') if dialect == "postgres" else ("INDEX", "`")
        await client.execute_script(
            f"ALTER TABLE variant ADD CONSTRAINT variant_position UNIQUE ({', '.join(KEY_WITH_STEP)}), "
            f"DROP {kind} {quote}{old['name']}{quote}"
        )


async def _remade(editor: Any) -> None:
    """SQLite keeps a key for as long as its table: another table takes the rows, the name and the triggers."""
    client = editor.client
    (made,) = await client.execute_query_dict("SELECT sql FROM sqlite_master WHERE type = 'table' AND name = 'variant'")
    before, after = (", ".join(f'"{name}"' for name in names) for names in (KEY, KEY_WITH_STEP))
    if before not in made["sql"]:
        raise RuntimeError("the key of variant is not the one that was made")
    text = made["sql"].replace('"variant"', '"variant_with_step"', 1).replace(before, after)
    await client.execute_script("DROP TRIGGER variant_campaign_id_same_company_del")
    await client.execute_script(text)
    names = "id, company_id, campaign_id, step, position, body"
    await client.execute_script(f"INSERT INTO variant_with_step ({names}) SELECT {names} FROM variant")
    await client.execute_script("DROP TABLE variant")
    await client.execute_script("ALTER TABLE variant_with_step RENAME TO variant")
    await write_keys(editor, OF_VARIANT, ())


async def questions_are_variants(_apps: Any, editor: Any) -> None:
    """Twice gives the same rows. What is in motion goes on as it was launched, without a footer."""
    client = editor.client
    mark = {"sqlite": "?", "mysql": "%s"}.get(client.capabilities.dialect)
    marks = ", ".join(mark or f"${at}" for at in range(1, 7))
    asking = await client.execute_query_dict(
        "SELECT k.company_id, k.id, k.question FROM campaign k WHERE k.question <> '' AND NOT EXISTS "
        "(SELECT 1 FROM variant v WHERE v.company_id = k.company_id AND v.campaign_id = k.id AND v.step = -1)"
    )
    for one in asking:
        key = new_id() if mark is None else str(new_id())
        await client.execute_query(
            f"INSERT INTO variant (id, company_id, campaign_id, step, position, body) VALUES ({marks})",
            [key, one["company_id"], one["id"], -1, 0, one["question"]],
        )
    await client.execute_script("UPDATE campaign SET has_footer = FALSE WHERE state <> 'draft'")


async def whose(_apps: Any, editor: Any) -> None:
    """The Contact of each Suppression, which is found by the hash of a phone."""
    client = editor.client
    mark = {"sqlite": "?", "mysql": "%s"}.get(client.capabilities.dialect)
    at = [mark or f"${number}" for number in range(1, 5)]
    for one in await client.execute_query_dict(
        "SELECT id, company_id, phone_key FROM contact WHERE suppressed_at IS NOT NULL"
    ):
        phone_hash = hash_of(UUID(str(one["company_id"])), one["phone_key"])
        await client.execute_query(
            f"UPDATE suppression SET contact_id = {at[0]}, phone_end = {at[1]} "
            f"WHERE company_id = {at[2]} AND phone_hash = {at[3]}",
            [one["id"], one["phone_key"][-SHOWN_DIGITS:], one["company_id"], phone_hash],
        )


async def keep(_apps: Any, _editor: Any) -> None:
    """Forward only."""


class DropColumn(ops.RemoveField):
    """The engine's own statement: Tortoise would remake the table on SQLite, and its triggers would be gone."""

    async def database_forward(self, app_label: str, old_state: Any, new_state: Any, state_editor: Any = None) -> None:
        table = old_state.apps.get_model(app_label, self.model_name)._meta.db_table
        await state_editor.client.execute_script(f"ALTER TABLE {table} DROP COLUMN {self.name}")


def text(length: int) -> Any:
    return fields.CharField(default="", db_default="", max_length=length)


class Migration(migrations.Migration):
    dependencies = [("esquadrao", "0011_own_rules")]

    operations = [
        ops.AddField("Variant", "step", fields.SmallIntField(default=0, db_default=0)),
        ops.AlterModelOptions("Variant", {"table": "variant", "app": "esquadrao", "unique_together": (("company_id", "id"), KEY_WITH_STEP), "pk_attr": "id"}),
        ops.RunPython(position_in_step, keep),
        ops.AddField("Campaign", "has_footer", fields.BooleanField(default=True, db_default=True)),
        ops.RunPython(questions_are_variants, keep),
        DropColumn("Campaign", "question"),
        ops.AddField("Delivery", "asked_variant_id", fields.UUIDField(null=True)),
        ops.AddField("Company", "reply_days", fields.SmallIntField(default=3, db_default=3)),
        ops.AddField("Suppression", "phone_end", text(4)),
        ops.AddField("Suppression", "contact_id", fields.UUIDField(null=True)),
        ops.AddField("Suppression", "import_id", fields.UUIDField(null=True)),
        ops.AddField("Suppression", "note", text(200)),
        ops.AddField("Suppression", "lifted_with", fields.BigIntField(null=True)),
        ops.AddField("Suppression", "lift_note", text(200)),
        ops.RunPython(whose, keep),
        ops.AddField("ContactImport", "leaves_alone", fields.BooleanField(default=False, db_default=False)),
    ]
