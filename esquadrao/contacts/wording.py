"""Words for the state of an import; the same on every surface."""

from __future__ import annotations

from dataclasses import dataclass

from esquadrao.contacts.models import ImportState
from esquadrao.words import N_


@dataclass(frozen=True, slots=True)
class Words:
    """`tone` is that of a badge: good, busy, idle, warn, bad."""

    label: str
    tone: str


STATES = {
    ImportState.QUEUED: Words(N_("Aguardando"), "idle"),
    ImportState.RUNNING: Words(N_("Importando"), "busy"),
    ImportState.DONE: Words(N_("Concluída"), "good"),
    ImportState.FAILED: Words(N_("Não importada"), "bad"),
}
