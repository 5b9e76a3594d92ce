"""Sentences as people write them on phones: which must stop us, and which must not."""

from __future__ import annotations

import pytest

from esquadrao.contacts.optout import Asks, asks

OUT = """
sair
SAIR
Sair.
sair!!!
SAIR 🙏
👋 sair
 Sair
"sair"
*SAIR*
sa\u200bir
\u2068SAIR\u2069
SAI\u0301R
ｓａｉｒ
parar
PARAR por favor
Pare
pare, por favor
pare pf
Stop
STOP!
stop please
Please stop
unsubscribe
Unsubscribe, thanks
UNSUBSCRIBE ME
opt-out
opt out
Remove me please
Stop messaging me
stop sending me messages
descadastrar
Descadastre
descadastro
me descadastre por favor
Me descadastra
remover
me remova
Me remova, obrigada
quero sair
Oi, quero sair
Boa tarde! Quero sair
bom dia, sair por favor
não quero receber
nao quero receber
Não quero mais receber
NÃO QUERO MAIS RECEBER!!!
nao quero mais receber mensagens
Não quero mais receber msg
não quero receber mais nada
não quero propaganda
Não quero mais essas promoções
nao quero mais mensagem de voces
eu não quero mais receber promoções
não me mande mais
Não me mande mais mensagens
nao me manda mais mensagem
não manda mais msg pra mim
não envie mais propaganda
nao me envia mais promoçao
Não me enviem mais anúncios
não me mandem mais mensagens por whatsapp
para de me mandar mensagem
Pára de mandar msg
PAREM DE ME MANDAR PROPAGANDA
pare de enviar mensagens
parem de enviar
para de mandar zap
quero parar de receber, obrigado
me tira da lista
Me tira dessa lista por favor
tire meu contato da lista
me tirem da lista
remova meu contato
Remove o meu contato da sua lista
Removam-me da lista
exclua meu contato
Me exclui da lista
excluam meu contato
sair da lista
quero sair da lista
Quero sair dessa lista 😡
Obg, sair
boa noite, me tira da lista
""".strip("\n").split("\n")
NOTHING = """
Posso sair antes das 15h?
posso sair antes das 15h
tem como parar a dor?
cancelar meu pedido
quero cancelar minha consulta
vou sair, me manda mensagem depois
sair da lista de espera
quero sair da lista de espera
não me mande a lista
nao manda o boleto ainda
não quero a blusa azul, quero a verde
não quero
não
n
sim
ok
quero
Oi
bom dia
obrigada
por favor
👍
❤️

pode parar na esquina
para quando fica pronto?
parar de fumar é difícil
pare na portaria
onde eu posso parar o carro?
vou parar de comer doce
já posso sair?
sair cedo
estou saindo
que horas vocês saem?
quero receber a promoção em casa
quero mais informações
manda mensagem amanhã
me manda a lista de preços
me tira uma dúvida
tira foto da lista pra mim
remover a mancha
como remover a mancha do sofá?
exclua o item azul do pedido
vocês removem tatuagem?
a lista de contatos chegou
parei de receber as fotos
não recebi a mensagem
não estou recebendo as mensagens
nao consigo enviar mensagem
não mandei mensagem
por que não me mandam mensagem?
I will stop by tomorrow
can you stop at the door?
where is the bus stop?
don't stop
I want to unsubscribe my brother from the gym
please remove the red one
stop the order
cancel
volta amanhã?
posso voltar depois?
sair sim sair não
sairam duas
parada
quero sair com você
me tira da lista de convidados do sábado
quero que pare
descadastrar o cartão antigo
o médico mandou parar
""".strip("\n").split("\n")


@pytest.mark.parametrize("text", OUT)
def test_these_words_stop_us(text: str) -> None:
    assert asks(text) is Asks.OUT


@pytest.mark.parametrize("text", NOTHING)
def test_these_words_never_stop_us(text: str) -> None:
    assert asks(text) is not Asks.OUT
    assert asks(text, after_campaign=True) is not Asks.OUT


@pytest.mark.parametrize("text", ["cancelar", "Cancela!", "CANCELE por favor", "oi, cancelar"])
def test_cancelar_alone_counts_only_after_a_campaign(text: str) -> None:
    assert asks(text, after_campaign=True) is Asks.OUT
    assert asks(text) is Asks.NOTHING


@pytest.mark.parametrize(
    "text", ["me deixa em paz", "Me deixe em paz!", "não conheço", "Olá, nao conheco"]
)
def test_what_is_doubtful_calls_a_person(text: str) -> None:
    assert asks(text) is Asks.DOUBTFUL


@pytest.mark.parametrize("text", ["voltar", "INICIAR", "Quero receber, por favor"])
def test_these_words_bring_back(text: str) -> None:
    assert asks(text) is Asks.BACK


def test_a_company_adds_words_that_count_as_a_whole_message() -> None:
    assert asks("Chega!", own_words={"chega"}) is Asks.OUT
    assert asks("Chega quando?", own_words={"chega"}) is Asks.NOTHING
    assert asks("Chega!") is Asks.NOTHING


def test_a_long_text_is_never_an_opt_out() -> None:
    assert asks("sair " * 100) is Asks.NOTHING
