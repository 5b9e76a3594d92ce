"""Sentences people read are written in pt-BR where they arise and translated where they are shown."""

from __future__ import annotations


def N_(sentence: str) -> str:  # noqa: N802  # gettext's own name for "extract, translate later"
    """Mark a sentence for the catalogues and leave it as it is."""
    return sentence
