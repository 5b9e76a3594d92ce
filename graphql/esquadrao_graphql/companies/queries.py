from __future__ import annotations

import strawberry

from esquadrao_graphql.companies.types import User, user_of
from esquadrao_graphql.context import Info
from esquadrao_graphql.fields import field
from esquadrao_graphql.scopes import requires


@strawberry.type
class CompanyQueries:
    @field(description="The user the token speaks for.", directives=requires())
    def me(self, info: Info) -> User:
        return user_of(info.context.user)
