"""`signIn`: the one field a stranger may ask for. A setter in effect: each call gives a token and changes nothing."""

from __future__ import annotations

from typing import Annotated

import strawberry

from esquadrao.companies import models, tokens
from esquadrao.companies.sign_in import sign_in as check
from esquadrao.errors import Invalid
from esquadrao.words import N_
from esquadrao_graphql import words
from esquadrao_graphql.codes import ErrorCode
from esquadrao_graphql.companies.types import User, user_of
from esquadrao_graphql.context import Info
from esquadrao_graphql.errors import LimitReached, UserError, ValidationError, payload
from esquadrao_graphql.fields import field
from esquadrao_graphql.ids import Kind, opaque

WRONG = N_("E-mail ou senha incorretos.")
CHOOSE = N_("Você está em mais de uma empresa. Diga em qual quer entrar.")


@strawberry.input(description="Who signs in.")
class SignInInput:
    email: str = strawberry.field(description="The user's e-mail.")
    password: str = strawberry.field(description="The user's password.")
    company_id: strawberry.ID | None = strawberry.field(
        default=None, description="In which company, for a user who is in several."
    )


@strawberry.type(description="Signed in.")
class SignInSuccess:
    access_token: str = strawberry.field(
        description="Send it as `Authorization: Bearer …` and in connection_init."
    )
    expires_in: int = strawberry.field(
        description="Seconds until the token ends. Sign in again before that."
    )
    user: User = strawberry.field(description="Who signed in.")


@strawberry.type(description="A company one may sign in to.")
class SignInCompany:
    id: strawberry.ID = strawberry.field(description="For `companyId` of `signIn`.")
    name: str = strawberry.field(description="Its name.")


@strawberry.type(description="The password is right in several companies: say which.")
class SignInCompanyRequired(UserError):
    companies: list[SignInCompany] = strawberry.field(description="Those where it is right.")


SignInPayload = Annotated[
    SignInSuccess | SignInCompanyRequired | ValidationError | LimitReached,
    strawberry.union("SignInPayload", description="What came of signing in."),
]


async def sign_in(info: Info, asked: SignInInput) -> SignInSuccess | SignInCompanyRequired:
    users = await check(asked.email, asked.password, address=info.context.address)
    if asked.company_id is not None:
        users = [
            user for user in users if opaque(Kind.COMPANY, user.company_id) == asked.company_id
        ]
        if not users:
            raise Invalid(WRONG, code="wrong_credentials")  # as for any Company one cannot enter
    if len(users) > 1:
        return await _choice(users, info)
    info.context.bearer = None
    access = await tokens.issue(users[0])
    await info.context.authenticate(access.token)
    return SignInSuccess(
        access_token=access.token,
        expires_in=int(access.expires_in.total_seconds()),
        user=user_of(users[0]),
    )


async def _choice(users: list[models.User], info: Info) -> SignInCompanyRequired:
    companies = [
        await models.Company.one(user.company_id, user.company_id) for user in users
    ]  # at most five
    return SignInCompanyRequired(
        code=ErrorCode.COMPANY_REQUIRED,
        message=words.said(CHOOSE, {}, language=info.context.language),
        path=["input", "companyId"],
        companies=[
            SignInCompany(id=opaque(Kind.COMPANY, one.id), name=one.name) for one in companies
        ],
    )


@strawberry.type
class SignInMutation:
    @field(description="Get an access token. Needs no token; throttled like the page.")
    async def sign_in(
        self,
        info: Info,
        input: Annotated[SignInInput, strawberry.argument(description="Who signs in.")],
    ) -> SignInPayload:
        return await payload(info.context, sign_in(info, input))  # type: ignore[return-value]
