from __future__ import annotations

import ast
import re

from tests.architecture.sources import ROOT, python_files

WORDS = re.compile(r"^\| ([A-Z][A-Za-z, ]+) \|", re.MULTILINE)
# One word a thing: these are what others call it.
STRANGERS = {
    "Recipient": "Delivery",
    "Tenant": "Company",
    "Workspace": "Company",
    "Customer": "Contact",
    "Blast": "Campaign",
    "Broadcast": "Campaign",
    "Connection": "Channel",
    "Blocklist": "Suppression",
    "Conversation": "Ticket",
}


def glossary() -> set[str]:
    cells = WORDS.findall((ROOT / "docs" / "glossary.md").read_text(encoding="utf-8"))
    return {word.strip() for cell in cells for word in cell.split(",")}


def model_names() -> set[str]:
    return {
        node.name
        for name, tree in python_files("esquadrao")
        if name.endswith("/models.py")
        for node in tree.body
        if isinstance(node, ast.ClassDef)
        and any(getattr(base, "id", "") in {"CompanyRow", "Model"} for base in node.bases)
    }


def test_every_table_is_a_word_of_the_glossary() -> None:
    assert model_names()
    assert model_names() - glossary() == set()


def test_nothing_is_called_by_another_word() -> None:
    used = {
        f"{name}: {node.name}, say {STRANGERS[node.name]}"
        for name, tree in python_files("esquadrao")
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef) and node.name in STRANGERS
    }
    assert used == set()
