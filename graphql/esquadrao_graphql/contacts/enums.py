"""Why somebody is left alone, published with its descriptions."""

from __future__ import annotations

from esquadrao.contacts.models import SuppressedBy
from esquadrao_graphql.enums import describe

describe(
    SuppressedBy,
    "Who asked that a phone be left alone.",
    {
        SuppressedBy.OPT_OUT: "The person, by a word of theirs.",
        SuppressedBy.PERSON: "Somebody of the company.",
        SuppressedBy.FILE: "A file of phones.",
        SuppressedBy.API: "A program of the company.",
    },
)
