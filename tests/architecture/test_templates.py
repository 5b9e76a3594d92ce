from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from jinja2 import Environment, FileSystemLoader

from tests.architecture.sources import ROOT, named, project_files

TEMPLATES = ROOT / "web" / "templates"
JINJA = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)
TAG = re.compile(r"<([a-zA-Z][\w-]*)((?:\"[^\"]*\"|'[^']*'|[^<>\"'])*)>")
# What the Content-Security-Policy would block, or what would let a template compute.
FORBIDDEN = {
    "inline handler": re.compile(r"\son[a-z]+\s*=", re.IGNORECASE),
    "hx-on": re.compile(r"\shx-on[\w:.-]*\s*=", re.IGNORECASE),
    "style attribute": re.compile(r"\sstyle\s*=", re.IGNORECASE),
    "js: value": re.compile(r"=\s*[\"']\s*(js|javascript):", re.IGNORECASE),
    "trigger filter": re.compile(r"hx-trigger\s*=\s*[\"'][^\"']*\["),
    "morph with options": re.compile(r"morph:\s*\{"),
    "boost": re.compile(r"\shx-boost"),
}


def templates() -> list[str]:
    return [
        named(path)
        for path in project_files()
        if path.is_relative_to(TEMPLATES) and path.suffix == ".html"
    ]


class AnyName(dict[str, Any]):
    """Filters and tests of the application's own: here only the syntax is looked at."""

    def get(self, key: str, default: object = None) -> Any:
        return super().get(key, default) or str


@pytest.mark.parametrize("name", templates())
def test_a_template_compiles(name: str) -> None:
    env = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        extensions=["jinja2.ext.i18n", "jinja2.ext.do"],
    )
    env.filters, env.tests = AnyName(env.filters), AnyName(env.tests)
    env.compile((ROOT / name).read_text(encoding="utf-8"), name=name)


def offences(source: str) -> list[str]:
    """What breaks the rules for templates, in words."""
    bare = JINJA.sub("", source)
    found = ["style element" for _ in re.finditer(r"<style[\s>]", bare, re.IGNORECASE)]
    for tag, attributes in TAG.findall(bare):
        found += [
            f"{rule} in <{tag}>"
            for rule, pattern in FORBIDDEN.items()
            if pattern.search(attributes)
        ]
        if tag.lower() == "script" and not re.search(r"\ssrc\s*=", attributes):
            found.append("inline script")
    return found


@pytest.mark.parametrize("name", templates())
def test_a_template_holds_no_script_and_no_style(name: str) -> None:
    source = (ROOT / name).read_text(encoding="utf-8")
    assert offences(source) == []
    if not Path(name).is_relative_to("web/templates/shared"):
        assert re.findall(r"\|\s*safe\b", source) == [], "|safe belongs to the macros of shared/"


@pytest.mark.parametrize(
    ("source", "offence"),
    [
        ('<a href="/" onclick="x()">', "inline handler in <a>"),
        ('<p style="color: red">', "style attribute in <p>"),
        ("<script>x()</script>", "inline script"),
        ('<div hx-on:click="x()">', "hx-on in <div>"),
        ('<div hx-trigger="click[ctrlKey]">', "trigger filter in <div>"),
        ("<style>a {}</style>", "style element"),
    ],
)
def test_the_rules_see_what_they_forbid(source: str, offence: str) -> None:
    assert offences(source) == [offence]
    assert (
        offences(
            '<script src="/static/js/live.js" defer></script><p class="on">{{ "onclick=" }}</p>'
        )
        == []
    )
