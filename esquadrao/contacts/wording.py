"""Words for the state of an import; the same on every surface."""

from __future__ import annotations

from dataclasses import dataclass

from esquadrao.contacts.models import ImportState, OnWhatsApp, SuppressedBy
from esquadrao.words import N_


@dataclass(frozen=True, slots=True)
class Words:
    """`tone` is that of a badge: good, busy, idle, warn, bad."""

    label: str
    tone: str


SUPPRESSED_BY: dict[SuppressedBy, str] = {
    SuppressedBy.OPT_OUT: N_("A pessoa pediu"),
    SuppressedBy.PERSON: N_("Decisão da equipe"),
    SuppressedBy.FILE: N_("Arquivo importado"),
    SuppressedBy.API: N_("Pela API"),
}
STATES = {
    ImportState.QUEUED: Words(N_("Aguardando"), "idle"),
    ImportState.RUNNING: Words(N_("Importando"), "busy"),
    ImportState.DONE: Words(N_("Concluída"), "good"),
    ImportState.FAILED: Words(N_("Não importada"), "bad"),
}

# What WhatsApp said of a number; {when} where it said something.
NUMBERS = {
    OnWhatsApp.NOT_CHECKED: N_("O WhatsApp ainda não disse se este número existe."),
    OnWhatsApp.EXISTS: N_("Está no WhatsApp, conferido em {when}."),
    OnWhatsApp.ABSENT: N_("Não está no WhatsApp, conferido em {when}."),
}
