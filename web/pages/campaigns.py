"""/campaigns: the list, one Campaign's live page, its copy. Drafts are written in `campaign_drafts`."""

from __future__ import annotations

from http import HTTPStatus

import structlog
from starlette.requests import Request
from starlette.responses import Response

from esquadrao.campaigns import draft, listing, progress, reasons, wording
from esquadrao.campaigns.lifecycle import CampaignState, DeliveryClass
from esquadrao.campaigns.models import Campaign
from esquadrao.companies.sessions import SignedIn
from esquadrao.errors import Conflict
from web import relative
from web.auth import id_of
from web.i18n import _, words_of
from web.paging import number_of, uuid_of
from web.rendering import go, page, whole

log = structlog.get_logger()

PEOPLE = 50  # Deliveries on a page


async def index(request: Request, me: SignedIn) -> Response:
    tab = request.query_params.get("state", "all")
    tab = tab if tab in wording.TABS else "all"
    after = uuid_of(request.query_params.get("after", ""))
    states = wording.TABS[tab][1]
    found = await listing.page_of(me.company, me.user, states=states, after=after)
    counts = await listing.counts(me.company, me.user)
    topics = [topic_of(row.campaign) for row in found.rows if row.is_moving]
    tabs = [
        (_(label), address_of(tab=name), sum(counts[state] for state in members), name == tab)
        for name, (label, members) in wording.TABS.items()
    ]
    return page(
        request,
        "campaigns/index.html",
        topics=topics,
        found=found,
        tabs=tabs,
        tab=tab,
        has_any=any(counts.values()),
        next=address_of(tab=tab, after=found.next) if found.next else "",
        first=address_of(tab=tab) if after else "",
        wording=wording,
        relative=relative,
    )


async def row(request: Request, me: SignedIn) -> Response:
    """One row of the list, for its live update."""
    found = await listing.one_row(me.company, me.user, id_of(request))
    return row_of(request, found)


def row_of(request: Request, found: listing.Row, *, status: int = HTTPStatus.OK) -> Response:
    return whole(
        request,
        "campaigns/_row.html",
        status=status,
        row=found,
        wording=wording,
        relative=relative,
    )


async def show(request: Request, me: SignedIn) -> Response:
    campaign = await listing.one_of(me.company, me.user, id_of(request))
    if campaign.state == CampaignState.DRAFT:
        return go(request, f"/campaigns/{campaign.id}/review")
    return await state_of(request, me, campaign)


async def state_of(
    request: Request,
    me: SignedIn,
    campaign: Campaign,
    *,
    conflict: Conflict | None = None,
    toast: str = "",
) -> Response:
    """The live page as it stands now; with a conflict, the sentence above it and 409."""
    seen = await progress.snapshot(me.company, campaign.id)
    if not seen.adds_up and campaign.state != CampaignState.PROCESSING:
        log.error("line_does_not_add_up", campaign_id=str(campaign.id))
    chosen = request.query_params.get("line", "")
    line_class = DeliveryClass(chosen) if chosen in set(DeliveryClass) else None
    after = number_of(request.query_params.get("after", ""))
    people = await progress.deliveries(
        me.company, campaign.id, line_class=line_class, after=after, limit=PEOPLE + 1
    )
    here = f"/campaigns/{campaign.id}"
    why = {
        one: await reasons.of_class(me.company, campaign.id, one)
        for one, many in (
            (DeliveryClass.FAILED, seen.failed),
            (DeliveryClass.SKIPPED, seen.skipped),
        )
        if many
    }
    following = people[PEOPLE - 1].id if len(people) > PEOPLE else None
    return page(
        request,
        "campaigns/show.html",
        block="state",
        status=HTTPStatus.CONFLICT if conflict else HTTPStatus.OK,
        topics=[topic_of(campaign)],
        toast=toast,
        said=words_of(conflict) if conflict else "",
        failures=why.get(DeliveryClass.FAILED, []),
        left_out=why.get(DeliveryClass.SKIPPED, []),
        looked_at=reasons.LOOKED_AT,
        query=_address("", line=line_class, after=after),
        campaign=seen.campaign,
        seen=seen,
        tabs=_tabs(here, seen, line_class),
        people=people[:PEOPLE],
        here=_address(here, line=line_class, after=after),
        next=_address(here, line=line_class, after=following) if following else "",
        first=_address(here, line=line_class) if after else "",
        wording=wording,
        relative=relative,
    )


async def copy(request: Request, me: SignedIn) -> Response:
    made = await draft.duplicate(me.company, me.user, id_of(request))
    return go(request, f"/campaigns/{made.id}/edit", toast=_("Cópia criada como rascunho."))


def address_of(*, tab: str, after: object = None) -> str:
    return _address("/campaigns", state=None if tab == "all" else tab, after=after)


def _tabs(
    here: str, seen: progress.Progress, current: DeliveryClass | None
) -> list[tuple[str, str, int, bool]]:
    """Everybody first; then the classes that have somebody, and the one that is open."""
    tabs = [(_("Todos"), here, seen.chosen, current is None)]
    for line_class, label in wording.CLASS_TABS.items():
        many = getattr(seen, line_class.value)
        if many or line_class == current:
            href = _address(here, line=line_class)
            tabs.append((_(label), href, many, line_class == current))
    return tabs


def _address(path: str, **query: object) -> str:
    parts = [f"{name}={value}" for name, value in query.items() if value is not None]
    return f"{path}?{'&'.join(parts)}" if parts else path


def topic_of(campaign: Campaign) -> str:
    return f"campaign-{campaign.id}"
