"""What a Message is and why its file is missing, in words. Sentences are pt-BR msgids."""

from __future__ import annotations

from esquadrao.messages.models import MessageKind
from esquadrao.words import N_

KINDS: dict[MessageKind, str] = {
    MessageKind.TEXT: N_("Texto"),
    MessageKind.IMAGE: N_("Imagem"),
    MessageKind.VIDEO: N_("Vídeo"),
    MessageKind.VOICE: N_("Mensagem de voz"),
    MessageKind.AUDIO: N_("Áudio"),
    MessageKind.DOCUMENT: N_("Documento"),
    MessageKind.STICKER: N_("Figurinha"),
    MessageKind.LOCATION: N_("Localização"),
    MessageKind.CONTACT: N_("Cartão de contato"),
    MessageKind.OTHER: N_("Mensagem que só o celular mostra"),
}
REFUSALS: dict[str, str] = {
    "too_large": N_("O arquivo é grande demais e ficou só no celular."),
    "gone": N_("O arquivo não está mais no WhatsApp."),
    "unavailable": N_("O arquivo não pôde ser buscado."),
}
