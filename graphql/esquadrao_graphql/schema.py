"""The schema: every noun's fields under three roots."""

from __future__ import annotations

import strawberry
from graphql import GraphQLError
from strawberry.schema.config import StrawberryConfig
from strawberry.types import ExecutionContext

from esquadrao_graphql.campaigns.mutations.cancel_campaign import CampaignCancelMutation
from esquadrao_graphql.campaigns.mutations.create_campaign import CampaignCreateMutation
from esquadrao_graphql.campaigns.mutations.launch_campaign import CampaignLaunchMutation
from esquadrao_graphql.campaigns.mutations.pause_campaign import CampaignPauseMutation
from esquadrao_graphql.campaigns.mutations.resume_campaign import CampaignResumeMutation
from esquadrao_graphql.campaigns.mutations.retry_failed import CampaignRetryFailedMutation
from esquadrao_graphql.campaigns.mutations.settle_unknown import CampaignUnknownSettleMutation
from esquadrao_graphql.campaigns.mutations.slow_campaign import CampaignSlowMutation
from esquadrao_graphql.campaigns.queries import CampaignQueries
from esquadrao_graphql.campaigns.subscriptions import CampaignSubscriptions
from esquadrao_graphql.channels.mutations.choose_proxy import ChannelProxyChooseMutation
from esquadrao_graphql.channels.queries import ChannelQueries
from esquadrao_graphql.companies.mutations.sign_in import SignInMutation
from esquadrao_graphql.companies.queries import CompanyQueries
from esquadrao_graphql.companies.types import Company
from esquadrao_graphql.contacts.mutations.add_suppression import SuppressionAddMutation
from esquadrao_graphql.contacts.mutations.lift_suppression import SuppressionLiftMutation
from esquadrao_graphql.contacts.queries import ContactQueries
from esquadrao_graphql.contacts.suppressions import SuppressionQueries
from esquadrao_graphql.door import Door
from esquadrao_graphql.nodes import NodeQueries
from esquadrao_graphql.scalars import SCALARS


@strawberry.type(description="What can be read.")
class Query(
    CompanyQueries,
    ChannelQueries,
    ContactQueries,
    SuppressionQueries,
    CampaignQueries,
    NodeQueries,
):
    pass


@strawberry.type(
    description="What can be done. At most four a document; they run in order, each on its own."
)
class Mutation(
    SignInMutation,
    ChannelProxyChooseMutation,
    SuppressionAddMutation,
    SuppressionLiftMutation,
    CampaignCreateMutation,
    CampaignLaunchMutation,
    CampaignPauseMutation,
    CampaignResumeMutation,
    CampaignCancelMutation,
    CampaignSlowMutation,
    CampaignUnknownSettleMutation,
    CampaignRetryFailedMutation,
):
    pass


@strawberry.type(description="What can be watched, over graphql-transport-ws.")
class Subscription(CampaignSubscriptions):
    pass


class Schema(strawberry.Schema):
    def process_errors(
        self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None
    ) -> None:
        """Nothing: `faults.presented` logs what nobody foresaw, and the caller's own mistakes are no news."""


schema = Schema(
    query=Query,
    mutation=Mutation,
    subscription=Subscription,
    types=[Company],
    extensions=[Door],
    config=StrawberryConfig(
        scalar_map=SCALARS, disable_field_suggestions=True, relay_max_results=100
    ),
)


def export() -> str:
    """The schema in its own language, as `graphql/schema.graphql` holds it."""
    return f"{schema.as_str()}\n"
