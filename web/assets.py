"""Static files with the hash of their content in the address, so that browsers may keep them for ever."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from markupsafe import Markup
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

STATIC = Path(__file__).parent / "static"
FOREVER = "public, max-age=31536000, immutable"
VENDORED = ("htmx.min.js", "sse.min.js", "idiomorph-ext.min.js")
ICONS = STATIC / "vendor" / "lucide"


@cache
def asset(path: str) -> str:
    """The address of a file under static/, changing with its content."""
    digest = hashlib.sha256((STATIC / path).read_bytes()).hexdigest()[:12]
    return f"/static/{path}?v={digest}"


@cache
def stylesheets() -> list[str]:
    """Every sheet, in the order of their names; `00-layers.css` settles the order that counts."""
    return [
        asset(str(path.relative_to(STATIC))) for path in sorted((STATIC / "css").rglob("*.css"))
    ]


@cache
def scripts() -> list[str]:
    """What others wrote first, then our own behaviours."""
    own = sorted((STATIC / "js").glob("*.js"))
    return [asset(f"vendor/{name}") for name in VENDORED] + [
        asset(f"js/{path.name}") for path in own
    ]


@cache
def icon(name: str) -> Markup:
    """A lucide icon, inline: it takes the colour of its text and is silent for screen readers."""
    svg = (ICONS / f"{name}.svg").read_text(encoding="utf-8")
    inside = svg[svg.index("<svg") :].split(">", 1)[1].rsplit("</svg>", 1)[0].strip()
    return Markup(  # noqa: S704  # our own vendored file
        '<svg class="icon" viewBox="0 0 24 24" width="20" height="20" fill="none" stroke="currentColor" '
        'stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">'
        f"{inside}</svg>"
    )


class KeptFiles(StaticFiles):
    """Answers with a year of caching when the address names a version, else the browser asks each time."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        is_versioned = scope.get("query_string", b"").startswith(b"v=")
        response.headers["Cache-Control"] = FOREVER if is_versioned else "no-cache"
        return response
