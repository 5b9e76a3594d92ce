"""Every address on one page. `signed_in` pages get `(request, me)`; what is `public` says so here and nowhere else."""

from __future__ import annotations

from starlette.routing import BaseRoute, Mount, Route

from web import health, live
from web.assets import STATIC, KeptFiles
from web.auth import public, signed_in
from web.pages import channel_pairing, channels, first_run, home, preferences, sign_in, sign_out


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
        Route("/channels/{id}/removal", signed_in(channels.confirm_removal)),
        Route("/channels/{id}/removal", signed_in(channels.remove), methods=["POST"]),
        Route("/channels/{id}/pairing", signed_in(channel_pairing.show)),
        Route("/channels/{id}/pairing", signed_in(channel_pairing.create), methods=["POST"]),
        Route(
            "/channels/{id}/simulated-scan", signed_in(channel_pairing.simulate), methods=["POST"]
        ),
    ]


def _contacts() -> list[BaseRoute]:
    return []


def _campaigns() -> list[BaseRoute]:
    return []
