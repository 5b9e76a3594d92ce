"""How each field and argument of the API is tried. One that is not here fails the build."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLUnionType,
    get_named_type,
    is_leaf_type,
    is_required_argument,
)

from esquadrao_graphql.ids import Kind
from esquadrao_graphql.schema import schema
from tests.isolation.pages import Ref

CORE = schema._schema
ROOTS = {
    "Query": CORE.query_type,
    "Mutation": CORE.mutation_type,
    "Subscription": CORE.subscription_type,
}
# Types whose values name nobody's row.
PLAIN = {"Int", "Float", "Boolean", "DateTime", "IdempotencyKey"}
KINDS: dict[str, Kind] = {
    "company": Kind.COMPANY,
    "user": Kind.USER,
    "channel": Kind.CHANNEL,
    "contact": Kind.CONTACT,
    "contact_list": Kind.CONTACT_LIST,
    "campaign": Kind.CAMPAIGN,
    "draft": Kind.CAMPAIGN,
    "ready_draft": Kind.CAMPAIGN,
    "paused": Kind.CAMPAIGN,
    "finished": Kind.CAMPAIGN,
    "delivery": Kind.DELIVERY,
    "suppression": Kind.SUPPRESSION,
}
EVERY = (
    "company",
    "user",
    "channel",
    "contact",
    "contact_list",
    "campaign",
    "delivery",
    "suppression",
)


@dataclass(frozen=True)
class Ask:
    """`given` fills the arguments; a Ref in it is tried by itself. `kinds` are tried in turn in `every`."""

    given: Mapping[str, object] = field(default_factory=dict)
    every: str = ""  # the path of an argument that takes the id of anything
    shows: bool = True  # Ana finds her Company's texts in it


TEXT = "Oi, {{ nome }}!"
KEY = "KEY"  # a new one for each request

ASKS: dict[str, Ask] = {
    "Query.me": Ask(),
    "Query.channels": Ask(),
    "Query.contacts": Ask(),
    "Query.contactLists": Ask(),
    "Query.suppressions": Ask(),
    "Query.campaigns": Ask(),
    "Query.campaign": Ask({"id": Ref("campaign")}),
    "Query.node": Ask({"id": Ref("campaign")}, every="id"),
    "Query.nodes": Ask({"ids": [Ref("campaign")]}, every="ids"),
    "Mutation.signIn": Ask(
        {"input": {"email": "carla@beta.example", "password": "-", "companyId": Ref("company")}}
    ),
    "Mutation.channelProxyChoose": Ask({"input": {"id": Ref("channel"), "proxy": None}}),
    # A phone both Companies know: each is told of its own Contact.
    "Mutation.suppressionAdd": Ask(
        {"input": {"phone": "+5511987650000", "note": TEXT, "idempotencyKey": KEY}}
    ),
    "Mutation.suppressionLift": Ask(
        {"input": {"id": Ref("suppression"), "note": TEXT, "idempotencyKey": KEY}}
    ),
    "Mutation.campaignCreate": Ask(
        {
            "input": {
                "name": "Outono",
                "body": TEXT,
                "channelId": Ref("channel"),
                "contactListId": Ref("contact_list"),
                "idempotencyKey": KEY,
            }
        }
    ),
    "Mutation.campaignLaunch": Ask({"input": {"id": Ref("ready_draft"), "idempotencyKey": KEY}}),
    "Mutation.campaignPause": Ask({"input": {"id": Ref("campaign")}}),
    "Mutation.campaignResume": Ask({"input": {"id": Ref("paused")}}),
    "Mutation.campaignCancel": Ask({"input": {"id": Ref("campaign")}}),
    "Mutation.campaignSlow": Ask({"input": {"id": Ref("campaign"), "ownGap": 90}}),
    "Mutation.campaignUnknownSettle": Ask(
        {
            "input": {
                "id": Ref("finished"),
                "decision": "SENT",
                "deliveryId": Ref("delivery"),
                "idempotencyKey": KEY,
            }
        }
    ),
    "Mutation.campaignRetryFailed": Ask(
        {"input": {"id": Ref("finished"), "deliveryId": Ref("delivery"), "idempotencyKey": KEY}}
    ),
    "Subscription.campaignProgress": Ask({"id": Ref("campaign")}),
}
# Texts that are neither ids nor cursors.
WORDS = {
    "Query.contacts.search",
    "Query.suppressions.search",
    "Mutation.suppressionAdd.input.phone",
    "Mutation.suppressionAdd.input.note",
    "Mutation.suppressionLift.input.note",
    "Mutation.signIn.input.email",
    "Mutation.channelProxyChoose.input.proxy",
    "Mutation.channelProxyChoose.input.password",
    "Mutation.signIn.input.password",
    "Mutation.campaignCreate.input.name",
    "Mutation.campaignCreate.input.body",
    "Mutation.campaignCreate.input.questions",
}
# Connections: the document that reaches each, with the variable `$cursor` in place of its argument.
CURSORS = {
    "Query.channels": "channels({0}: $cursor) {{ {1} }}",
    "Query.contacts": "contacts({0}: $cursor) {{ {1} }}",
    "Query.suppressions": "suppressions({0}: $cursor) {{ {1} }}",
    "Query.contactLists": "contactLists({0}: $cursor) {{ {1} }}",
    "Query.campaigns": "campaigns({0}: $cursor) {{ {1} }}",
    "Campaign.deliveries": "campaign(id: $id) {{ deliveries({0}: $cursor) {{ {1} }} }}",
}


def fields_of(root: str) -> list[str]:
    made = ROOTS[root]
    assert made is not None
    return [f"{root}.{name}" for name in made.fields]


def arguments() -> Iterator[tuple[str, GraphQLNamedType]]:
    """Every place where a caller may write a value: `Type.field.argument`, and within inputs."""
    for made in CORE.type_map.values():
        if isinstance(made, GraphQLObjectType) and not made.name.startswith("__"):
            for name, one in made.fields.items():
                yield from _within(f"{made.name}.{name}", one.args)


def _within(
    path: str, given: Mapping[str, GraphQLArgument] | Mapping[str, GraphQLInputField]
) -> Iterator[tuple[str, GraphQLNamedType]]:
    for name, one in given.items():
        kind = get_named_type(one.type)
        if isinstance(kind, GraphQLInputObjectType):
            yield from _within(f"{path}.{name}", kind.fields)
        elif not isinstance(kind, GraphQLEnumType) and kind.name not in PLAIN:
            yield f"{path}.{name}", kind


def document(name: str, *, depth: int = 4) -> str:
    """The operation that asks a root field for everything it can say, written from the schema."""
    root, _, field_name = name.partition(".")
    made = ROOTS[root]
    assert made is not None
    one = made.fields[field_name]
    given = {key: argument for key, argument in one.args.items() if key in ASKS[name].given}
    variables = ", ".join(f"${key}: {argument.type}" for key, argument in given.items())
    passed = ", ".join(f"{key}: ${key}" for key in given)
    head = f"{root.lower()} Try({variables})" if variables else f"{root.lower()} Try"
    return (
        f"{head} {{ {field_name}{f'({passed})' if passed else ''} {selection(one.type, depth)} }}"
    )


def selection(output: GraphQLOutputType, depth: int, *, in_connection: bool = False) -> str:
    made = get_named_type(output)
    if is_leaf_type(made):
        return ""
    if isinstance(made, GraphQLUnionType | GraphQLInterfaceType):
        types = CORE.get_possible_types(made)
        arms = " ".join(
            f"... on {one.name} {_fields(one, depth - 1, beside=types)}" for one in types
        )
        return f"{{ __typename {arms} }}"
    assert isinstance(made, GraphQLObjectType)
    return _fields(made, depth, in_connection=in_connection)


def _fields(
    made: GraphQLObjectType,
    depth: int,
    *,
    beside: Sequence[GraphQLObjectType] = (),
    in_connection: bool = False,
) -> str:
    """All fields down to `depth`; a connection within a connection is not served."""
    connects = made.name.endswith("Connection")
    parts = ["__typename"]
    for name, one in made.fields.items():
        kind = get_named_type(one.type)
        if any(is_required_argument(argument) for argument in one.args.values()):
            continue
        if in_connection and kind.name.endswith("Connection"):
            continue
        others = {str(other.fields[name].type) for other in beside if name in other.fields}
        spelt = name if len(others) < 2 else f"{made.name}_{name}: {name}"
        if is_leaf_type(kind):
            parts.append(spelt)
        elif depth > 0:
            inner = selection(one.type, depth - 1, in_connection=in_connection or connects)
            parts.append(f"{spelt} {inner}")
    return f"{{ {' '.join(parts)} }}"
