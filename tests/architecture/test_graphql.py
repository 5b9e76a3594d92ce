from __future__ import annotations

import importlib
import re

import graphql
import pytest
from strawberry.printer import print_schema

from tests.architecture.sources import ROOT, named, project_files

CURE = "run bin/schema and look at the difference"


def test_our_folder_does_not_shadow_graphql_core() -> None:
    assert not (ROOT / "graphql" / "__init__.py").exists()
    assert "site-packages" in str(graphql.__file__)


def test_no_test_lives_under_the_source_root() -> None:
    """Pytest would make a fake module `graphql` of the folder, and strawberry could not be imported."""
    below = [named(path) for path in project_files() if named(path).startswith("graphql/")]
    assert [
        name for name in below if re.search(r"(^|/)(conftest|test_\w+|\w+_test)\.py$", name)
    ] == []


def test_the_exported_schema_is_the_schema_of_the_code() -> None:
    made = importlib.import_module("esquadrao_graphql.schema").schema
    written = (ROOT / "graphql" / "schema.graphql").read_text(encoding="utf-8")
    assert written.strip() == print_schema(made).strip(), CURE


def operations() -> list[str]:
    return [
        named(path) for path in project_files() if named(path).startswith("graphql/operations/")
    ]


@pytest.mark.parametrize("name", operations())
def test_an_operation_file_is_valid_against_the_schema(name: str) -> None:
    schema = graphql.build_schema((ROOT / "graphql" / "schema.graphql").read_text(encoding="utf-8"))
    document = graphql.parse((ROOT / name).read_text(encoding="utf-8"))
    assert graphql.validate(schema, document) == []
