from __future__ import annotations

from tests.architecture.sources import named, project_files

WALL = 300  # lines; STYLE 2: nobody reads a longer file once
WATCHED = {".py", ".ts", ".html", ".css", ".js"}
MADE_BY_TOOLS = ("esquadrao/migrations/",)
BANNED_NAMES = {
    "service",
    "services",
    "manager",
    "managers",
    "helper",
    "helpers",
    "utils",
    "util",
    "common",
    "base",
}


def test_no_file_is_longer_than_the_wall() -> None:
    watched = [path for path in project_files() if path.suffix in WATCHED]
    assert watched
    lines = {named(path): len(path.read_text(encoding="utf-8").splitlines()) for path in watched}
    assert {
        name: n for name, n in lines.items() if n > WALL and not name.startswith(MADE_BY_TOOLS)
    } == {}


def test_a_file_is_named_for_its_noun_or_its_verb() -> None:
    watched = [path for path in project_files() if path.suffix in {".py", ".ts", ".js"}]
    watched = [
        path for path in watched if not named(path).startswith("tests/")
    ]  # services: the servers tests use
    assert [named(path) for path in watched if path.stem.lower() in BANNED_NAMES] == []
