"""Every address on one page. `signed_in` pages get `(request, me)`; what is `public` says so here and nowhere else."""

from __future__ import annotations

from starlette.routing import BaseRoute, Mount, Route

from web import health, live
from web.assets import STATIC, KeptFiles
from web.auth import public, signed_in
from web.pages import (
    campaign_drafts,
    campaign_launches,
    campaign_outcomes,
    campaign_paces,
    campaign_pauses,
    campaign_texts,
    campaigns,
    channel_paces,
    channel_pairing,
    channel_proxies,
    channels,
    contact_fields,
    contact_lists,
    contact_suppressions,
    contacts,
    first_run,
    home,
    imports,
    notices,
    phonebooks,
    preferences,
    sending_hours,
    sending_rules,
    sign_in,
    sign_out,
    suppressions,
)


def routes() -> list[BaseRoute]:
    return [
        Route("/healthz", health.healthz),
        Route("/readyz", health.readyz),
        Mount("/static", KeptFiles(directory=STATIC), name="static"),
        *_entrance(),
        Route("/", signed_in(home.show)),
        Route("/live", signed_in(live.stream)),
        *_channels(),
        *_contacts(),
        *_campaigns(),
    ]


def _entrance() -> list[BaseRoute]:
    return [
        Route("/sign-in", public(sign_in.show)),
        Route("/sign-in", public(sign_in.create), methods=["POST"]),
        Route("/sign-in/company", public(sign_in.choose), methods=["POST"]),
        Route("/first-run", public(first_run.show)),
        Route("/first-run", public(first_run.create), methods=["POST"]),
        Route("/sign-out", signed_in(sign_out.create), methods=["POST"]),
        Route("/preferences", public(preferences.update), methods=["POST"]),
    ]


def _channels() -> list[BaseRoute]:
    return [
        Route("/channels", signed_in(channels.index)),
        Route("/channels", signed_in(channels.create), methods=["POST"]),
        Route("/channels/new", signed_in(channels.new)),
        Route("/channels/{id}", signed_in(channels.show)),
        Route("/channels/{id}/card", signed_in(channels.card)),
        Route("/channels/{id}/start", signed_in(channels.start), methods=["POST"]),
        Route("/channels/{id}/stop", signed_in(channels.stop), methods=["POST"]),
        Route("/channels/{id}/log-out", signed_in(channels.confirm_log_out)),
        Route("/channels/{id}/log-out", signed_in(channels.log_out), methods=["POST"]),
        Route("/channels/{id}/pace", signed_in(channel_paces.edit)),
        Route("/channels/{id}/pace", signed_in(channel_paces.update), methods=["POST"]),
        Route("/sending-hours", signed_in(sending_hours.edit)),
        Route("/sending-hours", signed_in(sending_hours.update), methods=["POST"]),
        Route("/channels/{id}/removal", signed_in(channels.confirm_removal)),
        Route("/channels/{id}/removal", signed_in(channels.remove), methods=["POST"]),
        Route("/channels/{id}/pairing", signed_in(channel_pairing.show)),
        Route("/channels/{id}/pairing", signed_in(channel_pairing.create), methods=["POST"]),
        Route("/channels/{id}/pairing-code", signed_in(channel_pairing.ask_code), methods=["POST"]),
        Route("/channels/{id}/proxy", signed_in(channel_proxies.edit)),
        Route("/channels/{id}/proxy", signed_in(channel_proxies.update), methods=["POST"]),
        Route("/channels/{id}/phonebook", signed_in(phonebooks.show)),
        Route("/channels/{id}/phonebook", signed_in(phonebooks.take), methods=["POST"]),
        Route("/channels/{id}/phonebook/sync", signed_in(phonebooks.sync), methods=["POST"]),
        Route("/notices/{id}/seen", signed_in(notices.see), methods=["POST"]),
        Route(
            "/channels/{id}/simulated-scan", signed_in(channel_pairing.simulate), methods=["POST"]
        ),
    ]


def _contacts() -> list[BaseRoute]:
    return [
        Route("/contacts", signed_in(contacts.index)),
        Route("/contacts", signed_in(contacts.create), methods=["POST"]),
        Route("/contacts/new", signed_in(contacts.new)),
        Route("/contacts/{id}", signed_in(contacts.show)),
        Route("/contacts/{id}", signed_in(contacts.update), methods=["POST"]),
        Route("/contacts/{id}/lists", signed_in(contacts.join), methods=["POST"]),
        Route(
            "/contacts/{id}/suppression", signed_in(contact_suppressions.create), methods=["POST"]
        ),
        Route("/contact-fields", signed_in(contact_fields.index)),
        Route("/contact-fields", signed_in(contact_fields.create), methods=["POST"]),
        Route("/contact-lists", signed_in(contact_lists.index)),
        Route("/contact-lists", signed_in(contact_lists.create), methods=["POST"]),
        Route("/contact-lists/{id}", signed_in(contact_lists.show)),
        Route("/contact-lists/{id}", signed_in(contact_lists.rename), methods=["POST"]),
        Route("/contact-lists/{id}/rename", signed_in(contact_lists.edit)),
        Route("/contact-lists/{id}/removals", signed_in(contact_lists.remove), methods=["POST"]),
        Route("/suppressions", signed_in(suppressions.index)),
        Route("/suppressions", signed_in(suppressions.create), methods=["POST"]),
        Route("/suppressions/new", signed_in(suppressions.new)),
        Route("/suppressions/{id}/end", signed_in(suppressions.confirm_end)),
        Route("/suppressions/{id}/end", signed_in(suppressions.end), methods=["POST"]),
        Route("/imports", signed_in(imports.index)),
        Route("/imports", signed_in(imports.create), methods=["POST"]),
        Route("/imports/new", signed_in(imports.new)),
        Route("/imports/model.csv", signed_in(imports.model)),
        Route("/imports/{id}", signed_in(imports.show)),
        Route("/imports/{id}/refusals.csv", signed_in(imports.refused)),
    ]


def _campaigns() -> list[BaseRoute]:
    return [
        Route("/sending-rules", signed_in(sending_rules.edit)),
        Route("/sending-rules", signed_in(sending_rules.update), methods=["POST"]),
        Route("/campaigns", signed_in(campaigns.index)),
        Route("/campaigns", signed_in(campaign_drafts.create), methods=["POST"]),
        Route("/campaigns/new", signed_in(campaign_drafts.new)),
        Route("/campaigns/preview", signed_in(campaign_drafts.bubble), methods=["POST"]),
        Route("/campaigns/{id}", signed_in(campaigns.show)),
        Route("/campaigns/{id}/row", signed_in(campaigns.row)),
        Route("/campaigns/{id}/copy", signed_in(campaigns.copy), methods=["POST"]),
        Route("/campaigns/{id}/edit", signed_in(campaign_drafts.edit)),
        Route("/campaigns/{id}/edit", signed_in(campaign_drafts.update), methods=["POST"]),
        Route("/campaigns/{id}/text", signed_in(campaign_texts.edit)),
        Route("/campaigns/{id}/text", signed_in(campaign_texts.update), methods=["POST"]),
        Route("/campaigns/{id}/pace", signed_in(campaign_paces.edit)),
        Route("/campaigns/{id}/pace", signed_in(campaign_paces.update), methods=["POST"]),
        Route("/campaigns/{id}/review", signed_in(campaign_launches.show)),
        Route("/campaigns/{id}/launch", signed_in(campaign_launches.create), methods=["POST"]),
        Route("/campaigns/{id}/pause", signed_in(campaign_pauses.create), methods=["POST"]),
        Route("/campaigns/{id}/resume", signed_in(campaign_pauses.end), methods=["POST"]),
        Route("/campaigns/{id}/cancel", signed_in(campaign_pauses.confirm_cancel)),
        Route("/campaigns/{id}/cancel", signed_in(campaign_pauses.create_cancel), methods=["POST"]),
        Route("/campaigns/{id}/unknown", signed_in(campaign_outcomes.settle), methods=["POST"]),
        Route(
            "/campaigns/{id}/unknown-policy",
            signed_in(campaign_outcomes.choose_policy),
            methods=["POST"],
        ),
        Route("/campaigns/{id}/retries", signed_in(campaign_outcomes.retry), methods=["POST"]),
    ]
