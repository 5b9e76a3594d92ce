"""Variables as other programs write them, turned into ours: `{nome}`, `{{Name}}`, `{{ primeiro nome }}`."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

# A single pair of braces, or a double one whose inside is only a name: anything more is Liquid and stays as it is.
SINGLE = re.compile(r"(?<![{%])\{\s*([^\W\d][\w ]{0,39}?)\s*\}(?!\})")
DOUBLE = re.compile(r"\{\{\s*([^\W\d][\w ]{0,39}?)\s*\}\}")
ALIASES = {
    "name": "nome",
    "full_name": "nome",
    "nome_completo": "nome",
    "first_name": "primeiro_nome",
    "firstname": "primeiro_nome",
    "phone": "telefone",
    "number": "telefone",
    "numero": "telefone",
    "celular": "telefone",
    "e_mail": "email",
    "mail": "email",
}


@dataclass(frozen=True, slots=True)
class Conversion:
    before: str
    after: str


def convert_pasted(body: str) -> tuple[str, tuple[Conversion, ...]]:
    """The body with pasted variables written our way, and what was changed; a second time changes nothing."""
    changed: dict[Conversion, None] = {}

    def rewrite(found: re.Match[str]) -> str:
        if "{%" in body and found.group().startswith("{{"):
            return found.group()  # may name what the text itself has assigned
        name = fold_name(found.group(1))
        after = f"{{{{ {ALIASES.get(name, name)} }}}}"
        if "".join(found.group().split()) != "".join(after.split()):
            changed[Conversion(found.group(), after)] = None
            return after
        return found.group()

    return SINGLE.sub(rewrite, DOUBLE.sub(rewrite, body)), tuple(changed)


def fold_name(name: str) -> str:
    """Lower case, no accents, words joined by `_`: how the key of a custom field is made."""
    bare = "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c))
    return "_".join(bare.casefold().split())
