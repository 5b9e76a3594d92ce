"""What presets and the limits of a day are called. Sentences are pt-BR msgids."""

from __future__ import annotations

from dataclasses import dataclass

from esquadrao.channels.pace import Decides, Preset
from esquadrao.words import N_


@dataclass(frozen=True, slots=True)
class Words:
    label: str
    about: str


PRESETS: dict[Preset, Words] = {
    Preset.SAFE: Words(
        N_("Seguro"),
        N_("Um envio a cada 25 a 60 s, até 120 por hora, com descansos. Serve a todo número."),
    ),
    Preset.MODERATE: Words(
        N_("Moderado"),
        N_(
            "Um envio a cada 10 a 25 s, até 200 por hora. Só para números em uso há mais de 30 dias."
        ),
    ),
    Preset.CONVERSATIONS: Words(
        N_("Conversas ativas"),
        N_("Um envio a cada 4 a 10 s, até 300 por hora, só a quem escreveu nos últimos 30 dias."),
    ),
    Preset.SIMULATOR: Words(
        N_("Simulador"), N_("Sem horários nem limites: ninguém recebe nada de verdade.")
    ),
}
DECIDES: dict[Decides, str] = {
    Decides.PRESET: N_("limite do ritmo escolhido"),
    Decides.WARM_UP: N_("número em aquecimento"),
    Decides.IDLE: N_("número que ficou parado e recomeça devagar"),
    Decides.HALVED: N_("metade do limite depois de uma restrição"),
}
