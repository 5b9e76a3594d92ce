"""What a resolver knows of its caller. Everything it reads starts from `company`."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from strawberry.types import Info as StrawberryInfo

from esquadrao.companies import tokens
from esquadrao.companies.access import Permission, require
from esquadrao.companies.models import Company, User
from esquadrao.companies.tokens import Bearer
from esquadrao_graphql import words
from esquadrao_graphql.faults import Code, fault
from esquadrao_graphql.loaders import Loaders


@dataclass(slots=True)
class Context:
    request_id: str
    address: str
    accept_language: str | None = None
    is_socket: bool = False
    token: str = ""
    bearer: Bearer | None = None
    was_replayed: bool = False
    connection_params: dict[str, Any] | None = None
    gone: asyncio.Event = field(
        default_factory=asyncio.Event
    )  # the token no longer stands: a socket closes
    counted_for: UUID | None = None  # whose sockets this one counts among
    _loaders: Loaders | None = None

    @property
    def signed_in(self) -> Bearer:
        if self.bearer is None:
            raise fault(Code.UNAUTHENTICATED)
        return self.bearer

    @property
    def company(self) -> Company:
        return self.signed_in.company

    @property
    def user(self) -> User:
        return self.signed_in.user

    @property
    def loaders(self) -> Loaders:
        if self._loaders is None:
            self._loaders = Loaders(self.company, keep=not self.is_socket)
        return self._loaders

    @property
    def language(self) -> str:
        own = self.bearer.user.language if self.bearer else None
        return words.preferred(self.accept_language) or own or words.DEFAULT

    async def authenticate(self, token: str) -> bool:
        """Whether the token stands; from then on the context speaks for its User."""
        self.bearer = await tokens.verify(token)
        self.token = token
        self._loaders = None
        return self.bearer is not None

    async def still_stands(self) -> bool:
        """Look again, as a socket must now and then; what it finds is what the next event may see."""
        found = await tokens.verify(self.token)
        if found is not None:
            self.bearer = found
        return found is not None

    async def check_again(self, permission: Permission) -> None:
        """For what lasts: the User may have gone or lost the Role since. Raises a fault or Forbidden."""
        if not await self.still_stands():
            self.gone.set()
            raise fault(Code.UNAUTHENTICATED)
        require(self.user, permission)


Info = StrawberryInfo[Context, None]
