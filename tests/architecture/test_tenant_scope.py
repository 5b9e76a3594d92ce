from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from tests.architecture.reviewed import ACROSS, SQL
from tests.architecture.sources import ROOT, python_files

SCOPED = {"of", "one", "insert_many", "across_companies"}
STATEMENT = re.compile(
    r"^\s*(WITH\s+\w+\s+AS|SELECT\s|INSERT\s+(IGNORE\s+|OR\s+\w+\s+)?INTO\s|UPDATE\s+\S+\s+SET\s|DELETE\s+FROM\s)",
    re.IGNORECASE,
)
MIGRATIONS = "esquadrao/migrations/"


def models() -> dict[str, set[str]]:
    """Each model with rows of Companies, and the class methods it defines itself."""
    found = {}
    for name, tree in python_files("esquadrao"):
        for node in tree.body if name.endswith("/models.py") else []:
            if isinstance(node, ast.ClassDef) and any(
                getattr(base, "id", "") == "CompanyRow" for base in node.bases
            ):
                found[node.name] = {
                    item.name
                    for item in node.body
                    if isinstance(item, ast.FunctionDef | ast.AsyncFunctionDef)
                }
    return found


def calls(tree: ast.Module) -> Iterator[tuple[str, str, ast.Call]]:
    """Class name, method and call, for every `Name.method(…)`."""
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and isinstance(node.func.value, ast.Name)
        ):
            yield node.func.value.id, node.func.attr, node


def unscoped(tree: ast.Module, known: dict[str, set[str]]) -> list[str]:
    found = []
    for name, method, call in calls(tree):
        if name not in known or method in SCOPED | known[name]:
            continue
        if method == "create" and any(keyword.arg == "company_id" for keyword in call.keywords):
            continue
        found.append(f"{call.lineno}: {name}.{method}()")
    return found


def test_every_query_begins_with_its_company() -> None:
    known = models()
    assert known
    found = [f"{file}:{line}" for file, tree in python_files() for line in unscoped(tree, known)]
    assert found == []


def test_the_lint_sees_an_unscoped_query() -> None:
    known: dict[str, set[str]] = {"Contact": {"named"}}
    assert unscoped(ast.parse("Contact.filter(id=1)"), known) == ["1: Contact.filter()"]
    assert unscoped(ast.parse("Contact.create(name='x')"), known) == ["1: Contact.create()"]
    assert unscoped(ast.parse("Contact.of(company).filter(id=1); Contact.named('x')"), known) == []


def test_sql_text_stands_in_reviewed_files_alone() -> None:
    found = {
        file
        for file, tree in python_files()
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and STATEMENT.match(node.value)
    }
    assert {file for file in found if not file.startswith(MIGRATIONS)} <= set(SQL)


def test_rows_of_every_company_are_read_in_reviewed_files_alone() -> None:
    found = {
        file
        for file, tree in python_files()
        for _, method, _ in calls(tree)
        if method == "across_companies"
    }
    assert found <= set(ACROSS)


def test_the_lists_name_files_that_exist() -> None:
    assert [name for name in {**SQL, **ACROSS} if not (ROOT / name).exists()] == []
