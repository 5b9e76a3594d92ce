from __future__ import annotations

import strawberry

from esquadrao.companies import models
from esquadrao.companies.models import Role
from esquadrao.companies.scopes import Scope
from esquadrao_graphql.context import Info
from esquadrao_graphql.enums import describe
from esquadrao_graphql.fields import field
from esquadrao_graphql.ids import Kind, opaque
from esquadrao_graphql.node import Node
from esquadrao_graphql.scopes import requires

describe(
    Role,
    "What a user may do in the company.",
    {
        Role.OWNER: "Everything.",
        Role.ADMIN: "Everything but what only an owner may do.",
        Role.SUPERVISOR: "Writes campaigns and watches them; does not launch.",
        Role.AGENT: "Attends contacts.",
    },
)


@strawberry.type(description="Your company.", directives=requires(Scope.COMPANY_READ))
class Company(Node):
    name: str = strawberry.field(description="Its name.")
    timezone: str = strawberry.field(description="Its time zone, as in the IANA database.")


@strawberry.type(description="A person of your company.", directives=requires(Scope.USERS_READ))
class User(Node):
    name: str = strawberry.field(description="The person's name.")
    email: str = strawberry.field(description="The e-mail they sign in with.")
    role: Role = strawberry.field(description="What they may do.")
    language: str = strawberry.field(description="The language they read, as a BCP 47 tag.")

    @field(description="The company they belong to.")
    def company(self, info: Info) -> Company:
        return company_of(
            info.context.company
        )  # every user a caller can see is of the caller's company


def company_of(row: models.Company) -> Company:
    return Company(id=opaque(Kind.COMPANY, row.id), name=row.name, timezone=row.timezone)


def user_of(row: models.User) -> User:
    return User(
        id=opaque(Kind.USER, row.id),
        name=row.name,
        email=row.email,
        role=row.role,
        language=row.language,
    )
