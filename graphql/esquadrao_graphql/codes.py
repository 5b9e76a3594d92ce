"""Every code a refusal may carry. Programs switch on them: one is only added, never renamed."""

from __future__ import annotations

from enum import Enum

import strawberry

value = strawberry.enum_value


@strawberry.enum(
    description="What is wrong, for programs. New codes may be added; treat an unknown one by its type."
)
class ErrorCode(Enum):
    # One for each kind.
    INVALID = value("invalid", description="A field of the input cannot be taken.")
    NOT_FOUND = value("not_found", description="No such object in your company.")
    FORBIDDEN = value("forbidden", description="Your role does not allow this.")
    CONFLICT = value("conflict", description="Somebody moved it first.")
    OVER_LIMIT = value("over_limit", description="A limit was reached.")
    UNAVAILABLE = value("unavailable", description="A part of ours does not answer just now.")
    # Signing in.
    WRONG_CREDENTIALS = value("wrong_credentials", description="E-mail and password do not match.")
    TOO_MANY_TRIES = value("too_many_tries", description="Too many failed tries; wait.")
    LOCKED = value(
        "locked", description="Too many failed tries in a row; the password must be reset."
    )
    COMPANY_REQUIRED = value(
        "company_required", description="You are in several companies: say in which to sign in."
    )
    # Writing and launching a campaign.
    REQUIRED = value("required", description="The field must not be empty.")
    TOO_MANY = value("too_many", description="The list has more entries than it may.")
    TOO_LONG = value(
        "too_long", description="The text is longer than the field, or than WhatsApp, takes."
    )
    TEMPLATE_SYNTAX = value(
        "template_syntax", description="The text has a Liquid syntax error; see the message."
    )
    TEMPLATE_LIMIT = value("template_limit", description="The text loops or grows without end.")
    TEMPLATE_FAILED = value("template_failed", description="The text cannot be rendered.")
    UNKNOWN_VARIABLE = value(
        "unknown_variable", description="The text names a variable no contact has."
    )
    CHOICE = value("choice", description="The value is none of those to choose from.")
    NUMBER = value("number", description="The number is outside its bounds.")
    NO_CONTACTS = value("no_contacts", description="The contact list is empty or missing.")
    NO_CHANNEL = value("no_channel", description="No channel was chosen.")
    CHANNEL_NOT_CONNECTED = value(
        "channel_not_connected", description="The channel is not connected."
    )
    RESTRICTED = value(
        "restricted", description="WhatsApp's lock on the channel has not ended yet."
    )
    # The proxy of a channel.
    PROXY_UNREADABLE = value("proxy_unreadable", description="That is no address of a proxy.")
    PROXY_UNRESOLVED = value("proxy_unresolved", description="The proxy's name was not found.")
    PROXY_PRIVATE = value("proxy_private", description="The proxy's address is not public.")
    PROXY_UNREACHABLE = value("proxy_unreachable", description="The proxy does not answer.")
    PROXY_SIGN_IN = value("proxy_sign_in", description="The proxy refused user or password.")
    PROXY_REFUSED = value("proxy_refused", description="The proxy opened no way to WhatsApp.")
    NO_TEXT = value("no_text", description="There is no text to send.")
    TEXT_INVALID = value("text_invalid", description="The text has an error.")
    PAST_DATE = value("past_date", description="The moment lies in the past.")
    ALREADY_LAUNCHED = value("already_launched", description="The campaign was launched before.")
    ALREADY_LIFTED = value("already_lifted", description="The phone is written to again already.")
    CHANGED_MEANWHILE = value(
        "changed_meanwhile", description="Somebody edited it meanwhile; read it again."
    )
    NOT_DRAFT = value("not_draft", description="Only a draft may be edited.")
    STALE = value("stale", description="Somebody saved a newer version; read it again.")
    STATE = value("state", description="Its state does not allow this.")
    IDEMPOTENCY_MISMATCH = value(
        "idempotency_mismatch", description="The key was used before with another input."
    )
