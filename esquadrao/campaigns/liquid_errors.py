"""What python-liquid says about a text, in the words of the person who wrote it: a sentence, a line, a column."""

from __future__ import annotations

import re
from difflib import get_close_matches

from liquid import Environment
from liquid.exceptions import LiquidError

from esquadrao.errors import Invalid
from esquadrao.words import N_

PIECE = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
TAG = re.compile(r"\{%-?\s*(\w+)")
CLOSERS = {
    "if": "endif",
    "unless": "endunless",
    "for": "endfor",
    "case": "endcase",
    "capture": "endcapture",
}

NEVER_CLOSED = N_("Falta fechar “{mark}” com “{closer}” (linha {line}, coluna {column}).")
BLOCK_OPEN = N_("Falta “{closer}” para fechar o “{mark}” (linha {line}, coluna {column}).")
UNKNOWN_TAG = N_("O comando “{name}” não existe ou não tem par (linha {line}, coluna {column}).")
UNKNOWN_FILTER = N_("O filtro “{name}” não existe (linha {line}, coluna {column}).")
UNKNOWN_FILTER_NEAR = N_(
    "O filtro “{name}” não existe. Você quis dizer “{nearest}”? (linha {line}, coluna {column})."
)
EMPTY = N_("Falta o nome da variável entre “{{{{” e “}}}}” (linha {line}, coluna {column}).")
NOT_UNDERSTOOD = N_("Não entendemos o texto perto de “{near}” (linha {line}, coluna {column}).")


def refuse_unclosed(body: str) -> None:
    """Raises Invalid for a `{{` or `{%` without its end, before a lexer searches the whole text for one."""
    for mark, closer in (("{{", "}}"), ("{%", "%}")):
        at = body.rfind(mark)
        if at >= 0 and body.find(closer, at) < 0:
            raise _refused(body, at, NEVER_CLOSED, mark=mark, closer=closer)


def explain(
    error: LiquidError | None,
    body: str,
    environment: Environment,
    *,
    filter_name: str = "",
    at: int | None = None,
) -> Invalid:
    """The Invalid that says what is wrong and where."""
    if filter_name:
        near = get_close_matches(filter_name, environment.filters, n=1)
        if near:
            return _refused(body, at or 0, UNKNOWN_FILTER_NEAR, name=filter_name, nearest=near[0])
        return _refused(body, at or 0, UNKNOWN_FILTER, name=filter_name)
    message = str(error.message) if error else ""
    token = error.token if error else None
    if message.startswith("unexpected tag") and token is not None:
        return _refused(body, token.start_index, UNKNOWN_TAG, name=token.value)
    if message.startswith(("expected tag", "comment tag was never closed")):
        still_open = _still_open(body)
        if still_open:
            name, position = still_open
            closer = CLOSERS.get(name, f"end{name}")
            return _refused(body, position, BLOCK_OPEN, mark=name, closer=closer)
    position = token.start_index if token is not None and token.start_index >= 0 else -1
    if position < 0:
        position = _first_that_fails(body, environment)
    piece = PIECE.match(body, position)
    if piece and not piece.group().strip("{}%- \n\t"):
        return _refused(body, position, EMPTY)
    return _refused(
        body, position, NOT_UNDERSTOOD, near=" ".join(body[position : position + 24].split())
    )


def _still_open(body: str) -> tuple[str, int] | None:
    """The last block that was opened and never closed."""
    stack: list[tuple[str, int]] = []
    for found in TAG.finditer(body):
        name = found.group(1)
        if name in CLOSERS or name == "comment":
            stack.append((name, found.start()))
        elif name.startswith("end") and stack and stack[-1][0] == name.removeprefix("end"):
            stack.pop()
    return stack[-1] if stack else None


def _first_that_fails(body: str, environment: Environment) -> int:
    """Where the library gives no place: the first piece that cannot stand by itself."""
    for piece in PIECE.finditer(body):
        name = TAG.match(piece.group())
        closer = f"{{% {CLOSERS[name.group(1)]} %}}" if name and name.group(1) in CLOSERS else ""
        if name and not closer and name.group(1) != "assign":
            continue
        try:
            environment.from_string(piece.group() + closer)
        except LiquidError:
            return piece.start()
    return 0


def _refused(body: str, at: int, sentence: str, **values: object) -> Invalid:
    line = body.count("\n", 0, at) + 1
    column = at - (body.rfind("\n", 0, at) + 1) + 1
    return Invalid.field("body", "template_syntax", sentence, line=line, column=column, **values)
