"""Files somebody has read with the wall between Companies in mind. A new name here is a review, not a formality."""

from __future__ import annotations

# SQL text: each statement binds or joins company_id, or the reason says why it need not.
SQL = {
    "esquadrao/database.py": "SELECT 1 and the engines' clocks: no table is read",
    "esquadrao/migration_lock.py": "the engines' locks: no table is read",
    "esquadrao/sqlite_engine.py": "pragmas: no table is read",
    "esquadrao/company_keys.py": "writes the composite keys themselves",
}

# `across_companies()`: rows of every Company at once.
ACROSS = {
    "esquadrao/tenancy.py": "defines it",
}
