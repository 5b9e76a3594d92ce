"""Rows of ours as the file that an import reads."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from io import StringIO


def sheet_of(header: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    text = StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue().encode()
