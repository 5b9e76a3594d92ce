"""Relations of a page of rows, one statement for all of them, always within the caller's Company."""

from __future__ import annotations

from collections import defaultdict
from typing import TypeVar
from uuid import UUID

from strawberry.dataloader import DataLoader

from esquadrao.campaigns.models import Campaign, Delivery, Variant
from esquadrao.channels.models import Channel
from esquadrao.companies.models import Company, User
from esquadrao.contacts.models import Contact, ContactList, Suppression
from esquadrao.messages.models import Message, Step
from esquadrao.tenancy import CompanyRow

Row = TypeVar("Row", bound=CompanyRow)


class Loaders:
    """Made for one request. A socket lives for hours, so there nothing is kept from one event to the next."""

    def __init__(self, company: Company, *, keep: bool = True) -> None:
        self._company = company
        self._keep = keep
        self.channels = self._by_id(Channel)
        self.contacts = self._by_id(Contact)
        self.contact_lists = self._by_id(ContactList)
        self.users = self._by_id(User)
        self.campaigns = self._by_id(Campaign)
        self.suppressions = self._by_id(Suppression)
        self.deliveries: DataLoader[int, Delivery | None] = DataLoader(
            load_fn=self._load_deliveries, cache=keep
        )
        self.bodies: DataLoader[UUID, str | None] = DataLoader(
            load_fn=self._load_bodies, cache=keep
        )
        self.questions: DataLoader[UUID, list[str]] = DataLoader(
            load_fn=self._load_questions, cache=keep
        )
        self.messages: DataLoader[int, Message | None] = DataLoader(
            load_fn=self._load_messages, cache=keep
        )

    def _by_id(self, model: type[Row]) -> DataLoader[UUID, Row | None]:
        async def load(ids: list[UUID]) -> list[Row | None]:
            found = {row.pk: row for row in await model.of(self._company).filter(id__in=set(ids))}
            return [found.get(one) for one in ids]

        return DataLoader(load_fn=load, cache=self._keep)

    async def _load_deliveries(self, ids: list[int]) -> list[Delivery | None]:
        found = {row.id: row for row in await Delivery.of(self._company).filter(id__in=set(ids))}
        return [found.get(one) for one in ids]

    async def _load_bodies(self, campaign_ids: list[UUID]) -> list[str | None]:
        """The first text of each Campaign's Message."""
        rows = Variant.of(self._company).filter(campaign_id__in=set(campaign_ids))
        own = await rows.filter(step=Step.MAIN, position=0)
        found = {row.campaign_id: row.body for row in own}
        return [found.get(one) for one in campaign_ids]

    async def _load_questions(self, campaign_ids: list[UUID]) -> list[list[str]]:
        rows = Variant.of(self._company).filter(campaign_id__in=set(campaign_ids), step=Step.ASK)
        found: dict[UUID, list[str]] = defaultdict(list)
        for row in await rows.order_by("position"):
            found[row.campaign_id].append(row.body)
        return [found[one] for one in campaign_ids]

    async def _load_messages(self, delivery_ids: list[int]) -> list[Message | None]:
        """The first Message of each Delivery; before it is written, the request that asks for it."""
        rows = Message.of(self._company).filter(delivery_id__in=set(delivery_ids))
        own = await rows.filter(step__lte=Step.MAIN).order_by("step")
        found = {row.delivery_id: row for row in own}
        return [found.get(one) for one in delivery_ids]
