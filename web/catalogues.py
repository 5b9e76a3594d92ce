"""Sentences of the code into the catalogues: `python -m web.catalogues`. It asks no network and sorts by sentence.

pt-BR is what the code says, so its catalogue is the identity; `en` is written by people and only gains empty places.
"""

from __future__ import annotations

import sys
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po, write_po

from web.i18n import LOCALES

ROOT = Path(__file__).resolve().parents[1]
MAPPING = Path(__file__).parent / "babel.cfg"
KEYWORDS = DEFAULT_KEYWORDS | {"N_": None}
IDENTITY = "pt_BR"
# Babel's own names the minute of the extraction, which would make a difference of every run.
HEADER = """\
msgid ""
msgstr ""
"Language: {language}\\n"
"Plural-Forms: {plurals}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"

"""


def path_of(folder: str) -> Path:
    return LOCALES / folder / "LC_MESSAGES" / "messages.po"


def said_in_code() -> Catalog:
    """Every sentence marked by `_`, `N_` or `ngettext`."""
    with MAPPING.open(encoding="utf-8") as file:
        methods, options = parse_mapping_cfg(file)  # type: ignore[no-untyped-call]
    found = Catalog()
    for name, line, message, comments, context in extract_from_dir(
        ROOT, methods, options, KEYWORDS, directory_filter=_is_ours
    ):
        found.add(message, None, [(name, line)], auto_comments=comments, context=context)
    return found


def written(folder: str) -> Catalog:
    path = path_of(folder)
    if not path.exists():
        return Catalog(locale=folder, fuzzy=False)
    with path.open("rb") as file:
        return read_po(file, locale=folder)


def update(folder: str, found: Catalog) -> Catalog:
    """The catalogue of a language with exactly the sentences of the code."""
    known, fresh = written(folder), Catalog(locale=folder, fuzzy=False)
    for message in found:
        if not message.id:
            continue
        kept = known.get(message.id, message.context)
        text = message.id if folder == IDENTITY else (kept.string if kept else None)
        fresh.add(message.id, text, context=message.context)
    return fresh


def untranslated(folder: str, found: Catalog) -> list[str]:
    """Sentences of the code that this catalogue lacks, and those it holds in vain."""
    known = written(folder)
    wanted = {message.id for message in found if message.id}
    missing = [one for one in wanted if not _is_whole(known, one)]
    idle = [message.id for message in known if message.id and message.id not in wanted]
    return sorted(str(one) for one in missing + idle)


def _is_whole(known: Catalog, sentence: object) -> bool:
    kept = known.get(sentence)  # type: ignore[arg-type]  # a plural is a tuple, which Babel takes too
    if kept is None or kept.fuzzy:
        return False
    return all(kept.string) if isinstance(kept.string, (list, tuple)) else bool(kept.string)


def _is_ours(folder: str) -> bool:
    return Path(folder).name not in {
        ".venv",
        "node_modules",
        "var",
        "tests",
        "bridge",
        ".git",
        "locale",
    }


def main() -> int:
    found, left = said_in_code(), 0
    for path in sorted(LOCALES.iterdir()):
        fresh = update(path.name, found)
        path_of(path.name).parent.mkdir(parents=True, exist_ok=True)
        with path_of(path.name).open("wb") as file:
            file.write(HEADER.format(language=path.name, plurals=fresh.plural_forms).encode())
            write_po(file, fresh, width=100, sort_output=True, omit_header=True)
        left += len(untranslated(path.name, found))
    return left


if __name__ == "__main__":
    sys.exit(main())
