"""What each answer of the gate says to people: why, what to do, who set the rule. Sentences are pt-BR msgids."""

from __future__ import annotations

from dataclasses import dataclass

from esquadrao.messages.gate_codes import By, Code
from esquadrao.words import N_


@dataclass(frozen=True, slots=True)
class Words:
    """`sentence` may hold {limit} and {holiday}."""

    sentence: str
    todo: str


BY_ITSELF = N_("Nada a fazer: os envios continuam sozinhos.")
WORDS: dict[Code, Words] = {
    Code.BILLING: Words(
        N_("Os envios estão bloqueados por falta de pagamento."),
        N_("Pague a fatura em aberto para liberar."),
    ),
    Code.APPROVAL: Words(
        N_("A campanha espera a aprovação de outra pessoa."),
        N_("Peça a quem pode iniciar campanhas que aprove."),
    ),
    Code.CAMPAIGN_NOT_RUNNING: Words(
        N_("A campanha não está em andamento."), N_("Retome a campanha para continuar.")
    ),
    Code.SUPPRESSED: Words(
        N_("Esta pessoa pediu para não receber mensagens."),
        N_("Nada a fazer: ela fica fora dos envios."),
    ),
    Code.BREAKER: Words(
        N_("A conexão parou por segurança, depois de muitos sinais ruins."),
        N_("Veja os motivos das falhas e retome quando estiverem resolvidos."),
    ),
    Code.RESTRICTED: Words(
        N_("O WhatsApp restringiu conversas novas neste número."),
        N_("Espere o fim da restrição. Os atendimentos abertos continuam."),
    ),
    Code.RESTRICTION_REVIEW: Words(
        N_("A restrição do WhatsApp terminou, e falta alguém conferir o número."),
        N_("Confira o número no celular e retome as campanhas."),
    ),
    Code.CHANNEL_NOT_CONNECTED: Words(
        N_("A conexão não está conectada."), N_("Abra a conexão e veja como reconectar.")
    ),
    Code.IN_FLIGHT: Words(
        N_("Uma mensagem está saindo agora."),
        N_("Nada a fazer: a próxima sai quando o WhatsApp confirmar esta."),
    ),
    Code.NUMBER_NOT_CHECKED: Words(
        N_("O WhatsApp ainda não disse se os próximos números existem."),
        N_(
            "Nada a fazer: perguntamos de novo sozinhos, e ninguém fica de fora por falta de resposta."
        ),
    ),
    Code.RECONNECTED: Words(
        N_("O número acabou de se conectar e espera um minuto antes de enviar."), BY_ITSELF
    ),
    Code.NEVER_OPEN: Words(
        N_("A empresa não tem nenhum dia com horário de envio."),
        N_("Abra Horários e feriados e escolha os dias e as horas."),
    ),
    Code.HOURS: Words(
        N_("Fora do horário de envio."),
        N_("Os envios continuam sozinhos. Para outro horário, abra Horários e feriados."),
    ),
    Code.HOLIDAY: Words(
        N_("Hoje é feriado: {holiday}."),
        N_("Os envios continuam sozinhos no próximo dia de envio."),
    ),
    Code.DAY_LIMIT: Words(
        N_("O limite de hoje já foi usado: {limit} envios."),
        N_("Os envios continuam sozinhos no próximo dia de envio."),
    ),
    Code.DAY_WARM_UP: Words(
        N_("O número está em aquecimento, e o limite de hoje já foi usado: {limit} envios."),
        N_(
            "O limite cresce com os dias de uso. Se o número é antigo, diga na conexão desde quando está em uso."
        ),
    ),
    Code.DAY_IDLE: Words(
        N_(
            "O número passou 14 dias sem enviar e recomeça devagar; o limite de hoje já foi usado: {limit} envios."
        ),
        N_("O limite normal volta 3 dias depois do recomeço."),
    ),
    Code.DAY_HALVED: Words(
        N_(
            "Depois da restrição, vale metade do limite por 3 dias, e o de hoje já foi usado: {limit} envios."
        ),
        N_("Os envios continuam sozinhos no próximo dia de envio."),
    ),
    Code.HOUR_LIMIT: Words(N_("O limite por hora já foi usado: {limit} envios."), BY_ITSELF),
    Code.REST: Words(N_("O número descansa depois de uma série de envios."), BY_ITSELF),
    Code.PACE: Words(N_("Pausa entre dois envios."), BY_ITSELF),
    Code.REPLY_PACE: Words(N_("Pausa de um segundo entre duas respostas."), BY_ITSELF),
    Code.NEW_CHAT_QUOTA: Words(
        N_("O WhatsApp avisou que este número chegou perto do limite de conversas novas."),
        N_("Quem já escreveu continua recebendo. Os outros esperam o próximo ciclo do WhatsApp."),
    ),
    Code.NEVER_WROTE: Words(
        N_("O limite de hoje para quem nunca escreveu a vocês já foi usado: {limit} envios."),
        N_(
            "Quem já escreveu continua recebendo. Um proprietário pode aumentar este limite, assumindo o risco."
        ),
    ),
    Code.ONLY_CONVERSATIONS: Words(
        N_("O ritmo “Conversas ativas” só envia a quem escreveu nos últimos 30 dias."),
        N_("Para enviar aos outros, escolha na conexão outro ritmo."),
    ),
    Code.UNREADABLE: Words(
        N_("O ritmo ou o horário de envio não pôde ser lido."),
        N_("Abra o ritmo da conexão e Horários e feriados, confira e salve de novo."),
    ),
    Code.CAMPAIGN_PACE: Words(
        N_("A campanha espera ao menos {limit} s entre dois envios seus."),
        N_("Nada a fazer: ela continua sozinha. Para ir mais depressa, mude o ritmo da campanha."),
    ),
}
OWN_HOLIDAY = N_("Hoje é um dia sem envios da empresa.")

# Who set the rule: as the product has it, and as a person chose it ({name}, {when}).
WHO: dict[By, str] = {
    By.PRODUCT: N_("regra do Esquadrão, para proteger o número"),
    By.COMPANY: N_("horário padrão da empresa"),
    By.CHANNEL: N_("ritmo padrão da conexão"),
    By.SESSION: N_("situação da conexão"),
    By.CAMPAIGN: N_("definido na campanha"),
    By.APPROVER: N_("regra da empresa"),
    By.WHATSAPP: N_("limite do WhatsApp"),
    By.CONTACT: N_("pedido do contato"),
    By.PLAN: N_("plano da empresa"),
}
WHO_CHOSE: dict[By, str] = {
    By.COMPANY: N_("horário da empresa, por {name} em {when}"),
    By.CHANNEL: N_("ritmo da conexão, por {name} em {when}"),
    By.CAMPAIGN: N_("ritmo da campanha, por {name} em {when}"),
}
