"""How each address of the pages is tried. A route that is not here fails the build.

A name may end in `#…`: another way to ask the same address.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Ref:
    """An id of this kind in `World.ids`."""

    kind: str
    prefix: str = ""


Value = str | Ref


@dataclass(frozen=True)
class Try:
    """`path` names the kind of each id in the address; `form` and `query` may hold Refs, each tried by itself."""

    path: Mapping[str, str] = field(default_factory=dict)
    form: Mapping[str, Value] = field(default_factory=dict)
    query: Mapping[str, Value] = field(default_factory=dict)
    file: tuple[str, bytes] | None = None
    bounds: Mapping[str, Ref] = field(
        default_factory=dict
    )  # ids a list goes on after: only their order is read
    shows: bool = False  # Ana finds her Company's texts there
    streams: bool = False  # it never ends: only refusals are read
    open_to_all: str = ""  # the reason why it needs no sign-in; then it holds nothing of a Company
    # Where even her own values are refused (a version that moved on), what Ana gets.
    own: tuple[int, ...] = (200, 204, 303)


def one(kind: str, **options: object) -> Try:
    return Try(path={"id": kind}, **options)  # type: ignore[arg-type]


TEXT = "Oi, {{ nome }}, de {{ cidade }}!"
PREVIEW: dict[str, Value] = {"body": TEXT, "contact_list_id": Ref("contact_list")}
DRAFT: dict[str, Value] = {
    **PREVIEW,
    "name": "Outono",
    "channel_id": Ref("channel"),
    "missing_variable": "fallback",
    "token": "a" * 32,
    "version": "1",
}
CONTACT: dict[str, Value] = {
    "name": "Maria",
    "phone": "(11) 98888-0001",
    "email": "",
    "custom.cidade": "Recife",
    "version": "1",
}
SHEET = b"Nome;Telefone\r\nMaria;(11) 98888-0001\r\n"

PAGES: dict[str, Try] = {
    "GET /healthz": Try(open_to_all="says that the process lives"),
    "GET /readyz": Try(open_to_all="says that the parts answer"),
    "GET /static": Try(open_to_all="files of the program"),
    "GET /sign-in": Try(open_to_all="the door"),
    "POST /sign-in": Try(open_to_all="the door"),
    "POST /sign-in/company": Try(open_to_all="the door: the note is signed for one browser"),
    "GET /first-run": Try(open_to_all="gone once a Company exists"),
    "POST /first-run": Try(open_to_all="gone once a Company exists"),
    "POST /preferences": Try(open_to_all="the language of whoever asks"),
    "POST /sign-out": Try(),
    "GET /": Try(shows=True),
    "GET /live": Try(query={"topics": Ref("channel", "channel-")}, streams=True),
    "GET /live#campaign": Try(query={"topics": Ref("campaign", "campaign-")}, streams=True),
    "GET /live#import": Try(query={"topics": Ref("import", "import-")}, streams=True),
    "GET /live#contact": Try(query={"topics": Ref("contact", "contact-")}, streams=True),
    # channels
    "GET /channels": Try(shows=True),
    "POST /channels": Try(form={"name": "Vendas"}),
    "GET /channels/new": Try(),
    "GET /channels/{id}": one("channel", shows=True),
    "GET /channels/{id}/card": one("channel", shows=True),
    "POST /channels/{id}/start": one("channel"),
    "POST /channels/{id}/stop": one("channel"),
    "GET /channels/{id}/log-out": one("channel", shows=True),
    "POST /channels/{id}/log-out": one("channel"),
    "GET /channels/{id}/pace": one("channel", shows=True),
    "POST /channels/{id}/pace": one("channel", form={"preset": "safe"}),
    "GET /sending-hours": Try(),
    "POST /sending-hours": Try(
        form={"zone": "America/Sao_Paulo", "from0": "08:00", "until0": "18:00"}
    ),
    "GET /channels/{id}/removal": one("channel", shows=True),
    "POST /channels/{id}/removal": one("channel"),
    "GET /channels/{id}/pairing": one("pairing_channel", shows=True),
    "POST /channels/{id}/pairing": one("pairing_channel"),
    "POST /channels/{id}/pairing-code": one("pairing_channel", form={"phone": "(11) 98888-0001"}),
    "GET /channels/{id}/proxy": one("channel", shows=True),
    "POST /channels/{id}/proxy": one("channel", form={"proxy": ""}),
    "GET /channels/{id}/phonebook": one(
        "channel", shows=True, bounds={"after": Ref("phonebook_entry")}
    ),
    "POST /channels/{id}/phonebook": one("channel", form={"entry": Ref("phonebook_entry")}),
    "POST /channels/{id}/phonebook/sync": one("channel"),
    "POST /notices/{id}/seen": one("notice"),
    "POST /channels/{id}/simulated-scan": one("pairing_channel"),
    # contacts
    "GET /contacts": Try(shows=True, bounds={"after": Ref("contact", "4070908800_")}),
    "POST /contacts": Try(form=CONTACT),
    "GET /contacts/new": Try(shows=True),
    "GET /contacts/{id}": one("contact", shows=True, bounds={"before": Ref("delivery")}),
    "POST /contacts/{id}/suppression": one("contact"),
    "POST /contacts/{id}": one("contact", form=CONTACT),
    "POST /contacts/{id}/lists": one("contact", form={"list": Ref("empty_list")}),
    "GET /contact-fields": Try(shows=True),
    "POST /contact-fields": Try(form={"label": "Pedido"}),
    "GET /contact-lists": Try(shows=True),
    "POST /contact-lists": Try(form={"name": "Novos"}),
    "GET /contact-lists/{id}": one("contact_list", shows=True, bounds={"after": Ref("contact")}),
    "POST /contact-lists/{id}": one("contact_list", form={"name": "Novos"}),
    "GET /contact-lists/{id}/rename": one("contact_list", shows=True),
    "POST /contact-lists/{id}/removals": one("contact_list", form={"contact": Ref("contact")}),
    "GET /suppressions": Try(shows=True, bounds={"after": Ref("suppression")}),
    "POST /suppressions": Try(form={"phone": "(11) 98888-0002", "note": "Pediu"}),
    "GET /suppressions/new": Try(),
    "GET /suppressions/{id}/end": one("suppression", shows=True),
    "POST /suppressions/{id}/end": one("suppression", form={"note": "Pediu na loja"}),
    "GET /imports": Try(shows=True),
    "POST /imports": Try(
        form={"list": Ref("contact_list"), "default_ddd": "11"}, file=("file", SHEET)
    ),
    "GET /imports/new": Try(query={"list": Ref("contact_list")}, shows=True),
    "GET /imports/model.csv": Try(),
    "GET /imports/{id}": one("import", shows=True),
    "GET /imports/{id}/refusals.csv": one("import", shows=True),
    # campaigns
    "GET /sending-rules": Try(),
    "POST /sending-rules": Try(
        form={
            "cool_down_days": "1",
            "unknown_policy": "hold",
            "reply_days": "3",
            "most_failed": "5",
            "most_opt_outs": "2",
            "most_undelivered": "20",
            "most_minutes_away": "5",
        }
    ),
    "GET /campaigns": Try(shows=True, bounds={"after": Ref("campaign")}),
    "POST /campaigns": Try(form=DRAFT),
    "POST /campaigns#preview": Try(form={**DRAFT, "contact": Ref("contact")}, shows=True),
    "GET /campaigns/new": Try(query={"list": Ref("contact_list")}, shows=True),
    "POST /campaigns/preview": Try(form={**PREVIEW, "contact": Ref("contact")}, shows=True),
    "POST /campaigns/preview#shown": Try(form={**PREVIEW, "shown": Ref("contact")}, shows=True),
    "GET /campaigns/{id}": one("campaign", shows=True, bounds={"after": Ref("delivery")}),
    "GET /campaigns/{id}/row": one("campaign", shows=True),
    "POST /campaigns/{id}/copy": one("campaign"),
    "GET /campaigns/{id}/edit": one("draft", shows=True),
    "POST /campaigns/{id}/edit": one("draft", form=DRAFT),
    "POST /campaigns/{id}/edit#preview": one(
        "draft", form={**DRAFT, "contact": Ref("contact")}, shows=True
    ),
    "GET /campaigns/{id}/text": one("paused", shows=True),
    "POST /campaigns/{id}/text": one(
        "paused", form={"body": TEXT, "questions.0": TEXT, "version": "1"}
    ),
    "GET /campaigns/{id}/pace": one("campaign", shows=True),
    "POST /campaigns/{id}/pace": one("campaign", form={"own_gap": "90"}),
    "GET /campaigns/{id}/review": one("draft", shows=True),
    "POST /campaigns/{id}/launch": one("ready_draft", form={"when": "now"}),
    "POST /campaigns/{id}/pause": one("campaign"),
    "POST /campaigns/{id}/resume": one("paused"),
    "GET /campaigns/{id}/cancel": one("campaign", shows=True),
    "POST /campaigns/{id}/cancel": one("campaign"),
    "POST /campaigns/{id}/unknown": one(
        "finished", form={"decision": "sent", "delivery": Ref("delivery")}
    ),
    "POST /campaigns/{id}/unknown-policy": one("campaign", form={"policy": "hold"}),
    "POST /campaigns/{id}/retries": one("finished", form={"delivery": Ref("delivery")}),
}
