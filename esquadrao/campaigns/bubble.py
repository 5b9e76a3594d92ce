"""WhatsApp's marks as safe HTML, for the bubble: *b* _i_ ~s~ ```code``` `code`, quotes and lists stay text.

People's text is escaped first; only tags written here come out. Addresses are not linked: a preview sends nobody away.
"""

from __future__ import annotations

import re

from markupsafe import Markup, escape

# A mark counts at the edge of a word and hugs what it marks, as on the phone: `2*3*4` and `snake_case_name` stay.
EDGE = r"(?<![\w{mark}]){mark}(?=\S)([^\n{mark}]*?[^\s{mark}]){mark}(?![\w{mark}])"
MARKS = tuple(
    (re.compile(EDGE.format(mark=re.escape(mark))), tag)
    for mark, tag in (("*", "strong"), ("_", "em"), ("~", "s"))
)
BLOCK = re.compile(r"```(.+?)```", re.DOTALL)
INLINE = re.compile(r"`([^`\n]+)`")


def whatsapp_html(text: str) -> Markup:
    """The text as the bubble shows it."""
    parts: list[str] = []
    at = 0
    for block in BLOCK.finditer(text):
        parts.append(_line_marks(text[at : block.start()]))
        parts.append(f"<code>{_broken(str(escape(block.group(1))))}</code>")
        at = block.end()
    parts.append(_line_marks(text[at:]))
    return Markup("".join(parts))  # noqa: S704  # every piece was escaped above


def _line_marks(text: str) -> str:
    parts: list[str] = []
    at = 0
    for code in INLINE.finditer(text):
        parts.append(_marked(text[at : code.start()]))
        parts.append(f"<code>{escape(code.group(1))}</code>")
        at = code.end()
    parts.append(_marked(text[at:]))
    return _broken("".join(parts))


def _marked(text: str) -> str:
    html = str(escape(text))
    for pattern, tag in MARKS:
        html = pattern.sub(rf"<{tag}>\1</{tag}>", html)
    return html


def _broken(html: str) -> str:
    return html.replace("\n", "<br>")
