"""A form as it came: texts stripped, files apart; and what was wrong with it, for the page to show again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request

from esquadrao.errors import Invalid
from web.i18n import words_of

MOST_DIGITS = 9  # of a number typed in a form; databases count to 2^31
LONGEST_TEXT = 100_000  # characters of one field; the body's own limit is `web.limits`


@dataclass(slots=True)
class Form:
    """Typed values of a form. `values` go back into the fields, `errors` stand beside them."""

    values: dict[str, str] = field(default_factory=dict)
    files: dict[str, UploadFile] = field(default_factory=dict)
    lists: dict[str, list[str]] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    summary: str = ""

    def text(self, name: str) -> str:
        return self.values.get(name, "")

    def number(self, name: str) -> int | None:
        given = self.text(name)
        return (
            int(given)
            if given.isascii() and given.isdigit() and len(given) <= MOST_DIGITS
            else None
        )

    def id(self, name: str) -> UUID | None:
        try:
            return UUID(self.text(name))
        except ValueError:
            return None

    def file(self, name: str) -> UploadFile | None:
        """The uploaded file, or None when the field was left empty."""
        given = self.files.get(name)
        return given if given is not None and given.filename else None

    def refuse(self, error: Invalid) -> Form:
        """Take over what the domain found wrong; `issue.path` is the name of the field."""
        self.summary = words_of(error)
        for issue in error.issues:
            self.errors.setdefault(issue.path, words_of(issue))
        return self


async def read_form(request: Request) -> Form:
    return from_data(await request.form())


def from_data(data: FormData) -> Form:
    form = Form()
    for name, value in data.multi_items():
        if isinstance(value, UploadFile):
            form.files[name] = value
        else:
            clean = value.replace("\r\n", "\n").replace("\0", "")[:LONGEST_TEXT]
            if not name.endswith("password"):  # a blank at its end is part of a password
                clean = clean.strip()
            form.values[name] = clean
            form.lists.setdefault(name, []).append(clean)
    return form


def filled(values: Mapping[str, object]) -> Form:
    """A form that shows what is stored."""
    return Form(
        values={name: "" if value is None else str(value) for name, value in values.items()}
    )
