"""Without a token one may sign in, and learns nothing else: not one name of the schema."""

from __future__ import annotations

import pytest

from esquadrao.companies.register import create_company
from esquadrao_graphql.ids import Kind, opaque
from tests.api import Program, operation
from tests.conftest import Cast

PASSWORD = "nove cavalos azuis no telhado"
SIGN_IN = operation("SignIn")
ME = "{ me { id } }"
NAMES = ("Query", "Mutation", "signIn", "SignInInput", "password", "campaign", "did you mean")


def credentials(password: str = PASSWORD, **more: str) -> dict[str, dict[str, str]]:
    return {"input": {"email": "dora@gama.example", "password": password, **more}}


@pytest.mark.parametrize(
    "query",
    [
        ME,
        "{ __schema { types { name } } }",
        "{ __typename }",
        "mutation { __typename }",
        "{ sigIn }",
        "{ nope",
        "",
        "mutation { signIn(input: {email: 1, password: 2}) { __typename } }",
        'mutation { signIn(input: {email: "a", password: "b"}) { nope } }',
        'mutation { signIn(input: {email: "a", password: "b", nope: 1}) { __typename } }',
        'mutation { a: signIn(input: {email: "a"}) { __typename } b: signIn(input: {email: "a"}) { __typename } }',
        'mutation { signIn(input: {email: "a", password: "b"}) { __typename } __typename }',
        'mutation { ...F } fragment F on Mutation { signIn(input: {email: "a", password: "b"}) { __typename } }',
        'mutation A { signIn(input: {email: "a", password: "b"}) { __typename } } query B { me { id } }',
        "subscription { campaignProgress(id: 1) { ratePerMinute } }",
    ],
)
async def test_a_stranger_gets_one_answer_that_names_nothing(stranger: Program, query: str) -> None:
    answer = await stranger.send_query(query)
    expected = await stranger.send_query(ME)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert without_id(answer.text) == without_id(expected.text)
    assert not [name for name in NAMES if name in answer.text]


def without_id(text: str) -> str:
    head, _, rest = text.partition('"requestId":"')
    return head + rest.partition('"')[2]


async def test_wrong_variables_of_a_stranger_name_nothing(stranger: Program) -> None:
    answer = await stranger.send_query(SIGN_IN, {"input": {"nope": 1}})
    assert answer.status_code == 401
    assert not [name for name in NAMES if name in answer.text]


@pytest.mark.parametrize("token", ["Bearer nonsense", "Bearer ", "Basic YTpi", "nonsense"])
async def test_a_token_that_does_not_stand_is_refused_even_to_sign_in(
    stranger: Program, token: str
) -> None:
    answer = await stranger.send_query(SIGN_IN, credentials(), headers={"authorization": token})
    assert answer.status_code == 401
    assert 'error="invalid_token"' in answer.headers["www-authenticate"]


async def test_signing_in_gives_a_token_that_works(stranger: Program) -> None:
    await create_company(
        company_name="Gama", name="Dora", email="dora@gama.example", password=PASSWORD
    )
    signed = await stranger.run("SignIn", **credentials())
    assert signed["expiresIn"] == 600
    stranger.headers["authorization"] = f"Bearer {signed['accessToken']}"
    me = await stranger.run("Me")
    assert (me["name"], me["company"]["name"], me["role"]) == ("Dora", "Gama", "OWNER")


async def test_an_unknown_e_mail_and_a_wrong_password_look_the_same(stranger: Program) -> None:
    await create_company(
        company_name="Gama", name="Dora", email="dora@gama.example", password=PASSWORD
    )
    wrong = await stranger.run("SignIn", **credentials("outra senha bem comprida"))
    assert wrong["code"] == "WRONG_CREDENTIALS"
    unknown = {"input": {"email": "ninguem@gama.example", "password": PASSWORD}}
    assert await stranger.run("SignIn", **unknown) == wrong


async def test_who_is_in_two_companies_says_in_which(stranger: Program) -> None:
    for name in ("Gama", "Delta"):
        await create_company(
            company_name=name, name="Dora", email="dora@gama.example", password=PASSWORD
        )
    choice = await stranger.run("SignIn", **credentials())
    assert choice["code"] == "COMPANY_REQUIRED"
    ids = {one["name"]: one["id"] for one in choice["companies"]}
    assert sorted(ids) == ["Delta", "Gama"]
    signed = await stranger.run("SignIn", **credentials(companyId=ids["Delta"]))
    stranger.headers["authorization"] = f"Bearer {signed['accessToken']}"
    assert (await stranger.run("Me"))["company"]["name"] == "Delta"


async def test_a_company_one_is_not_in_looks_like_none(
    stranger: Program, sqlite_cast: Cast
) -> None:
    await create_company(
        company_name="Gama", name="Dora", email="dora@gama.example", password=PASSWORD
    )
    for company_id in (opaque(Kind.COMPANY, sqlite_cast.alfa.id), "nonsense"):
        refused = await stranger.run("SignIn", **credentials(companyId=company_id))
        assert refused["code"] == "WRONG_CREDENTIALS"


async def test_too_many_tries_say_how_long_to_wait(stranger: Program) -> None:
    tries = [await stranger.run("SignIn", **credentials("senha errada comprida")) for _ in range(6)]
    assert [one["code"] for one in tries] == [*["WRONG_CREDENTIALS"] * 5, "TOO_MANY_TRIES"]
    assert 0 < tries[-1]["retryAfter"] <= 60
