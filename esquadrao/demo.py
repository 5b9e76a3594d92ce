"""Two Companies to look around in: Alfa (Ana owns it, Bruno attends) and Beta (Carla's). Every person is invented.

Some phones are in both: what one Company does with a person is nothing the other one sees.
"""

from __future__ import annotations

from collections.abc import Sequence

from esquadrao.campaigns.models import Campaign, Variant
from esquadrao.channels import pair
from esquadrao.channels.models import Channel
from esquadrao.channels.pace import Preset
from esquadrao.companies.keys import lookup_hash
from esquadrao.companies.models import Company, Directory, DirectoryKind, Role, User
from esquadrao.companies.passwords import hash_password
from esquadrao.companies.register import add_user, claim_once, create_company
from esquadrao.companies.set_password import set_password
from esquadrao.contacts import lists
from esquadrao.contacts.card import card_of, search_text
from esquadrao.contacts.fields import ensure
from esquadrao.contacts.models import Contact, ContactList
from esquadrao.contacts.phone import parse_phone
from esquadrao.errors import Conflict
from esquadrao.settings import settings
from esquadrao.unit_of_work import unit_of_work

ANA, BRUNO, CARLA = "ana@alfa.example", "bruno@alfa.example", "carla@beta.example"
ALFA_CONTACTS = 120
BETA_CONTACTS = 40
SHARED = 10  # of Beta's Contacts are Alfa's too
REGULARS = 30  # the size of Alfa's smaller list
# Seconds between two sends in the simulator: the end of a Campaign is seen within minutes.
GAP = (0.0, 1.0)

FIRST = tuple(
    """
    Alice Bento Cecília Davi Elisa Fábio Giovana Heitor Inês Jonas Laís Mateus Noêmia Otávio Pilar Raul
    """.split()  # noqa: SIM905  # twenty-nine quoted names read worse
)
LAST = tuple(
    "Andrade Barros Cardoso Dantas Esteves Farias Gouveia Hilário Ibarra Jardim Leal Moura Nóbrega".split()  # noqa: SIM905
)
CITIES = ["Campinas", "Recife", "Maringá", "Niterói", "Joinville"]
BODY = (
    'Oi, {{ primeiro_nome | default: "tudo bem" }}! Chegou a coleção nova na loja'
    "{% if cidade %} de {{ cidade }}{% endif %}. Responda SIM e mandamos as fotos."
)


async def create_demo(password: str) -> bool:
    """Whether it was created; False leaves what is there alone. Raises Invalid for a weak password."""
    try:
        async with unit_of_work():
            await claim_once("demo")
            await _alfa(password)
            await _beta(password)
    except Conflict:
        return False
    return True


async def set_demo_password(password: str) -> None:
    """The password of the demo's people from now on: who lost the first one names another. Raises Invalid."""
    for email in (ANA, BRUNO, CARLA):
        for entry in await Directory.filter(
            kind=DirectoryKind.EMAIL, key_hash=lookup_hash("email", email)
        ):
            company = await Company.one(entry.company_id, entry.company_id)
            await set_password(company, await User.one(company, entry.subject_id), password)


async def _alfa(password: str) -> None:
    ana = await create_company(
        company_name="Alfa", name="Ana", email=ANA, password=password, is_demo=True
    )
    alfa = await Company.one(ana.company_id, ana.company_id)
    hashed = await hash_password(password)
    await add_user(alfa, name="Bruno", email=BRUNO, password_hash=hashed, role=Role.AGENT)
    contacts = await _contacts(alfa, range(ALFA_CONTACTS))
    everyone = await _list(alfa, ana, "Clientes", contacts)
    await _list(alfa, ana, "Clientes da casa", contacts[:REGULARS])
    channel = await _channel(alfa, ana, "Vendas")
    campaign = Campaign(
        company_id=alfa.id,
        name="Coleção nova",
        channel_id=channel.id,
        contact_list_id=everyone.id,
        created_by=ana.id,
    )
    await campaign.save()
    await Variant(company_id=alfa.id, campaign_id=campaign.id, body=BODY).save()


async def _beta(password: str) -> None:
    carla = await create_company(
        company_name="Beta",
        name="Carla",
        email=CARLA,
        password=password,
        default_ddd="21",
        is_demo=True,
    )
    beta = await Company.one(carla.company_id, carla.company_id)
    start = ALFA_CONTACTS - SHARED
    contacts = await _contacts(beta, range(start, start + BETA_CONTACTS))
    await _list(beta, carla, "Alunos", contacts)
    await _channel(beta, carla, "Recepção")


async def _contacts(company: Company, numbers: Sequence[int]) -> list[Contact]:
    """The same number is the same person in every Company."""
    await ensure(company.id, {"cidade": "Cidade"})
    made = [_contact(company, number) for number in numbers]
    await Contact.insert_many(made)
    return made


def _contact(company: Company, number: int) -> Contact:
    # 16 and 13 have no common factor: the pairs repeat after 208.
    card = card_of(
        f"{FIRST[number % len(FIRST)]} {LAST[number % len(LAST)]}",
        f"pessoa{number}@exemplo.example",
    )
    # A row of round zeros, unlikely to be anybody's; the demo belongs to the simulator all the same.
    phone = parse_phone(f"(11) 90000-{number + 1:04}", default_ddd=company.default_ddd)
    return Contact(
        company_id=company.id,
        name=card.name,
        email=card.email,
        phone=phone.e164,
        phone_key=phone.key,
        # Some have no city: the text of the draft shows what it does without.
        custom={"cidade": CITIES[number % len(CITIES)]} if number % 7 else {},
        search_text=search_text(card, phone),
    )


async def _list(
    company: Company, user: User, name: str, contacts: Sequence[Contact]
) -> ContactList:
    made = await lists.create(company, user, name=name)
    await lists.add_members(company, user, made.id, [one.id for one in contacts])
    return made


async def _channel(company: Company, user: User, name: str) -> Channel:
    """A Channel to pair; quick where nothing leaves the house."""
    channel = await pair.create(company, user, name=name)
    if not settings().meets_people:
        least, most = GAP
        await (
            Channel.of(company)
            .filter(id=channel.id)
            .update(preset=Preset.SIMULATOR, gap_min=least, gap_max=most)
        )
    return channel
