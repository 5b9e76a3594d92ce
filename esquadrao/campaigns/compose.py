"""The text of a Campaign: Liquid in, the words one Contact reads out. Pure: no database, no clock.

`parse` once a Variant, `Text.render` once a Contact. Whatever a text tries, both end within milliseconds.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Protocol

from liquid import BoundTemplate
from liquid.builtin.expressions import Path
from liquid.exceptions import LiquidError, ResourceLimitError

from esquadrao.campaigns import liquid_limits
from esquadrao.campaigns.liquid_errors import explain, refuse_unclosed
from esquadrao.campaigns.pasted import convert_pasted, fold_name
from esquadrao.contacts.phone import pretty
from esquadrao.errors import Invalid, Issue
from esquadrao.words import N_

__all__ = [
    "LONGEST_TEXT",
    "Rendered",
    "Text",
    "clean",
    "convert_pasted",
    "parse",
    "refuse_unknown",
    "unknown_variables",
    "variables_of",
]

LONGEST_TEXT = 4096  # characters; what WhatsApp shows of one message
MOST_MARKS = 300  # `{{` and `{%` in one text; the lexer is quadratic in them
BASE_VARIABLES = ("nome", "primeiro_nome", "telefone", "email")
# What may not stand in a text: PostgreSQL refuses NUL, the others show as boxes on a phone.
CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
ENDLESS = N_("O texto faz trabalho demais: diminua as repetições e os tamanhos.")
TOO_LONG = N_("O texto passa de {limit} caracteres, o máximo de uma mensagem do WhatsApp.")
FAILED = N_("O texto não pôde ser montado com os dados deste contato.")
UNKNOWN = N_("A variável “{name}” não existe.")
UNKNOWN_NEAR = N_("A variável “{name}” não existe. Você quis dizer “{nearest}”?")

_environment = liquid_limits.environment()


@dataclass(frozen=True, slots=True)
class Rendered:
    text: str
    missing: tuple[str, ...]  # variables that were printed, blank and without a `default`


@dataclass(frozen=True, slots=True)
class Text:
    template: BoundTemplate
    variables: frozenset[
        str
    ]  # what it asks of a Contact; `a.b` where somebody tried to walk into one

    def render(self, variables: Mapping[str, str]) -> Rendered:
        """Raises Invalid: `template_limit` (no end, or too long) or `template_failed`."""
        # A field the Contact never had is as blank as one that was left empty.
        asked = dict.fromkeys(self.variables, "") | dict(variables)
        context = liquid_limits.FrugalContext(
            self.template, globals=liquid_limits.with_blanks(asked)
        )
        buffer = self.template._get_buffer()  # noqa: SLF001  # the buffer that keeps the output limit
        try:
            self.template.render_with_context(context, buffer)
        except (ResourceLimitError, RecursionError, MemoryError, OverflowError) as error:
            raise _refused("template_limit", ENDLESS) from error
        except Exception as error:  # whatever a filter throws at odd values is about this text
            raise _refused("template_failed", FAILED) from error
        text = clean(buffer.getvalue()).strip()
        if len(text) > LONGEST_TEXT:
            raise _refused("template_limit", TOO_LONG, limit=LONGEST_TEXT)
        missing = tuple(name for name in context.blanks if name in self.variables)
        return Rendered(text, missing)


def parse(body: str) -> Text:
    """Raises Invalid: `template_syntax` with line and column, `template_limit` for a text that would not end."""
    body = clean(body)
    if len(body) > LONGEST_TEXT:
        raise _refused("template_limit", TOO_LONG, limit=LONGEST_TEXT)
    if body.count("{{") + body.count("{%") > MOST_MARKS:
        raise _refused("template_limit", ENDLESS)
    refuse_unclosed(body)
    try:
        template = _environment.from_string(body)
        liquid_limits.refuse_ranges(template)
        analysis = template.analyze()
    except (ResourceLimitError, RecursionError) as error:
        raise _refused("template_limit", ENDLESS) from error
    except LiquidError as error:
        raise explain(error, body, _environment) from error
    for name, spans in analysis.filters.items():
        if name not in _environment.filters:
            raise explain(None, body, _environment, filter_name=name, at=spans[0].index)
    return Text(template, _asked_for(template, frozenset(analysis.globals)))


def _asked_for(template: BoundTemplate, names: frozenset[str]) -> frozenset[str]:
    walked = {
        ".".join(str(part) for part in expression.path)
        for expression in liquid_limits.expressions_of(template)
        if isinstance(expression, Path) and len(expression.path) > 1 and expression.path[0] in names
    }
    return names | walked


def clean(body: str) -> str:
    """One kind of line end, no control characters."""
    return CONTROLS.sub("", body.replace("\r\n", "\n").replace("\r", "\n"))


class Person(Protocol):
    """A Contact, or what was read of one."""

    @property
    def name(self) -> str: ...
    @property
    def phone(self) -> str: ...
    @property
    def email(self) -> str: ...
    @property
    def custom(self) -> Mapping[str, object] | None: ...


def variables_of(contact: Person) -> dict[str, str]:
    """What a text may say of a Contact. A custom field never hides one of the four every Contact has."""
    name = contact.name.strip()
    custom = {key: str(value) for key, value in (contact.custom or {}).items()}
    return custom | {
        "nome": name,
        "primeiro_nome": name.split()[0] if name else "",
        "telefone": pretty(contact.phone),
        "email": contact.email,
    }


def unknown_variables(text: Text, known: Iterable[str]) -> list[tuple[str, str | None]]:
    """The names a text asks for that nobody has, each with the nearest that somebody has."""
    folded = {fold_name(name): name for name in known}
    names = sorted(text.variables - set(folded.values()))
    found = []
    for name in names:
        near = get_close_matches(fold_name(name.split(".")[0]), folded, n=1, cutoff=0.5)
        found.append((name, folded[near[0]] if near else None))
    return found


def refuse_unknown(text: Text, known: Iterable[str], *, path: str = "body") -> None:
    """Raises Invalid with one issue for each unknown variable."""
    issues = []
    for name, nearest in unknown_variables(text, known):
        values = (("name", name), ("nearest", nearest)) if nearest else (("name", name),)
        issues.append(Issue(path, "unknown_variable", UNKNOWN_NEAR if nearest else UNKNOWN, values))
    if issues:
        first = issues[0]
        raise Invalid(first.sentence, code=first.code, issues=tuple(issues), **dict(first.values))


def _refused(code: str, sentence: str, **values: object) -> Invalid:
    return Invalid.field("body", code, sentence, **values)
