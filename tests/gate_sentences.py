"""What people read for each code of the gate, word for word: in Portuguese, in English."""

from __future__ import annotations

from esquadrao.messages.gate_codes import Code

LANGUAGES = ("pt-BR", "en")
SENTENCES: dict[Code, tuple[str, str]] = {
    Code.BILLING: (
        "Os envios estão bloqueados por falta de pagamento.",
        "Sending is blocked because a payment is missing.",
    ),
    Code.APPROVAL: (
        "A campanha espera a aprovação de outra pessoa.",
        "The campaign is waiting for another person's approval.",
    ),
    Code.CAMPAIGN_NOT_RUNNING: (
        "A campanha não está em andamento.",
        "The campaign is not running.",
    ),
    Code.SUPPRESSED: (
        "Esta pessoa pediu para não receber mensagens.",
        "This person asked not to receive messages.",
    ),
    Code.BREAKER: (
        "A conexão parou por segurança, depois de muitos sinais ruins.",
        "The channel stopped for safety, after many bad signs.",
    ),
    Code.RESTRICTED: (
        "O WhatsApp restringiu conversas novas neste número.",
        "WhatsApp restricted new chats on this number.",
    ),
    Code.RESTRICTION_REVIEW: (
        "A restrição do WhatsApp terminou, e falta alguém conferir o número.",
        "WhatsApp's restriction is over; somebody has to check the number first.",
    ),
    Code.CHANNEL_NOT_CONNECTED: (
        "A conexão não está conectada.",
        "The channel is not connected.",
    ),
    Code.IN_FLIGHT: ("Uma mensagem está saindo agora.", "A message is leaving right now."),
    Code.RECONNECTED: (
        "O número acabou de se conectar e espera um minuto antes de enviar.",
        "The number has just connected and waits a minute before it sends.",
    ),
    Code.NEVER_OPEN: (
        "A empresa não tem nenhum dia com horário de envio.",
        "The company has no day with sending hours.",
    ),
    Code.HOURS: ("Fora do horário de envio.", "Outside the sending hours."),
    Code.HOLIDAY: ("Hoje é feriado: Natal.", "Today is a holiday: Natal."),
    Code.DAY_LIMIT: (
        "O limite de hoje já foi usado: 400 envios.",
        "Today's limit is used up: 400 messages.",
    ),
    Code.DAY_WARM_UP: (
        "O número está em aquecimento, e o limite de hoje já foi usado: 50 envios.",
        "The number is warming up, and today's limit is used up: 50 messages.",
    ),
    Code.DAY_IDLE: (
        "O número passou 14 dias sem enviar e recomeça devagar; o limite de hoje já foi usado: 200 envios.",
        "The number sent nothing for 14 days and starts again slowly; today's limit is used up: 200 messages.",
    ),
    Code.DAY_HALVED: (
        "Depois da restrição, vale metade do limite por 3 dias, e o de hoje já foi usado: 200 envios.",
        "After the restriction half the limit holds for 3 days, and today's is used up: 200 messages.",
    ),
    Code.HOUR_LIMIT: (
        "O limite por hora já foi usado: 120 envios.",
        "The limit of this hour is used up: 120 messages.",
    ),
    Code.REST: (
        "O número descansa depois de uma série de envios.",
        "The number rests after a run of messages.",
    ),
    Code.PACE: ("Pausa entre dois envios.", "A pause between two messages."),
    Code.REPLY_PACE: (
        "Pausa de um segundo entre duas respostas.",
        "A pause of one second between two replies.",
    ),
    Code.NEW_CHAT_QUOTA: (
        "O WhatsApp avisou que este número chegou perto do limite de conversas novas.",
        "WhatsApp warned that this number is close to its limit of new chats.",
    ),
    Code.NEVER_WROTE: (
        "O limite de hoje para quem nunca escreveu a vocês já foi usado: 20 envios.",
        "Today's limit for people who never wrote to you is used up: 20 messages.",
    ),
    Code.ONLY_CONVERSATIONS: (
        "O ritmo “Conversas ativas” só envia a quem escreveu nos últimos 30 dias.",
        "The pace “Active conversations” sends only to people who wrote in the last 30 days.",
    ),
    Code.CAMPAIGN_PACE: (
        "A campanha espera ao menos 300 s entre dois envios seus.",
        "The campaign waits at least 300 s between two of its messages.",
    ),
    Code.NUMBER_NOT_CHECKED: (
        "O WhatsApp ainda não disse se os próximos números existem.",
        "WhatsApp has not said yet whether the next numbers exist.",
    ),
    Code.UNREADABLE: (
        "O ritmo ou o horário de envio não pôde ser lido.",
        "The pace or the sending hours could not be read.",
    ),
}
OWN_DAY = (
    "Hoje é um dia sem envios da empresa.",
    "Today is one of the company's own days without sending.",
)
