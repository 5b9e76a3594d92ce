from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from uuid import UUID

import httpx2
import pytest
from starlette.routing import Mount, Route

import web
from tests.browsing import HTMX, SAME_ORIGIN, Browser, browser
from tests.isolation.conftest import Worlds
from tests.isolation.pages import PAGES, Ref, Try, Value
from tests.isolation.world import World, models, rows_of
from web.routes import routes

NOBODY = UUID("019aa0b0-0000-7000-8000-00000000000b")  # an id that never was
NO_NUMBER = 4_611_686_018_427_387_000
# What may differ between two answers to the same question.
PASSING = re.compile(
    r'csrf_token" value="[^"]*"|X-CSRF-Token[^}]*}|\d\d:\d\d(:\d\d)?|(?<=Código: )[0-9a-f]{16}|(?<=")[0-9a-f]{32}(?=")'
)
# Names in an address's query that are no ids.
PLAIN = {"next", "state", "line", "from", "search"}


def addresses() -> Iterator[str]:
    for route in routes():
        if isinstance(route, Mount):
            yield f"GET {route.path}"
        if isinstance(route, Route):
            yield from (
                f"{method} {route.path}"
                for method in sorted(route.methods or ())
                if method != "HEAD"
            )


SIGNED_IN = [name for name, entry in PAGES.items() if not entry.open_to_all]
WITH_IDS = [name for name in SIGNED_IN if PAGES[name].path]
REFS = [
    (name, where, key)
    for name in SIGNED_IN
    for where in ("form", "query")
    for key, value in getattr(PAGES[name], where).items()
    if isinstance(value, Ref)
]


class Visit:
    """One request of an entry, with the ids of one World and, at one place, another's."""

    def __init__(self, name: str, world: World) -> None:
        self.method, self.address = name.partition("#")[0].split(" ", 1)
        self.entry: Try = PAGES[name]
        self.world = world

    def value(self, value: Value, ids: Mapping[str, object]) -> str:
        return f"{value.prefix}{ids[value.kind]}" if isinstance(value, Ref) else value

    async def by(
        self,
        who: Browser,
        *,
        instead: Callable[[str], object] | None = None,
        at: tuple[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
    ) -> httpx2.Response:
        """`instead` gives the id of each kind: in the address, or only in the field named by `at`."""
        entry, own = self.entry, self.world.ids
        others = {kind: instead(kind) for kind in own} if instead else own
        path = self.address.format(
            **{key: (own if at else others)[kind] for key, kind in entry.path.items()}
        )
        form, asked = (
            {
                key: self.value(value, others if at in {None, (where, key)} else own)
                for key, value in getattr(entry, where).items()
            }
            for where in ("form", "query")
        )
        files = {entry.file[0]: ("a.csv", entry.file[1], "text/csv")} if entry.file else None
        if self.method == "GET":
            return await who.get(
                path, params={**asked, **(query or {})}, headers=dict(headers or {})
            )
        return await who.request(
            self.method,
            path,
            params=asked,
            data={"csrf_token": who.csrf, **form},
            files=files,
            headers={**SAME_ORIGIN, **(headers or {})},
        )


def unknown(kind: str) -> object:
    return NO_NUMBER if kind == "delivery" else NOBODY


def seen(answer: httpx2.Response, *ids: object) -> tuple[int, dict[str, str], str]:
    """An answer without what names the id asked for."""
    text = answer.text
    headers = {
        name: answer.headers.get(name, "") for name in ("location", "hx-redirect", "hx-trigger")
    }
    for one in (one for one in ids if one == NO_NUMBER or isinstance(one, UUID)):
        text = text.replace(str(one), "ID")
        headers = {name: value.replace(str(one), "ID") for name, value in headers.items()}
    return answer.status_code, headers, PASSING.sub("", text)


def holds(answer: httpx2.Response, world: World) -> bool:
    return world.canary.lower() in f"{answer.text}{answer.headers!r}".lower()


async def rows_with(world: World, ids: Mapping[str, object]) -> list[str]:
    """Rows of one World that point at the other."""
    texts = [text for _, text in await rows_of(world.company)]
    return [
        text for text in texts for one in ids.values() if isinstance(one, UUID) and str(one) in text
    ]


def test_every_route_is_tried_by_a_stranger() -> None:
    tried = {name.partition("#")[0] for name in PAGES}
    assert sorted(set(addresses()) - tried) == [], "add it to tests/isolation/pages.py"
    assert sorted(tried - set(addresses())) == []


def read_by_pages(pattern: str) -> set[str]:
    root = Path(web.__file__).parent
    sources = [*(root / "pages").glob("*.py"), root / "live.py"]
    return {
        name for path in sources for name in re.findall(pattern, path.read_text(encoding="utf-8"))
    }


def test_every_id_a_page_reads_is_tried() -> None:
    """Found in the source, so that a new field cannot be forgotten here."""
    tried = {key for _, where, key in REFS if where == "form"}
    chooser = {"company"}  # at sign-in; it is compared with a signed note and looked up nowhere
    assert read_by_pages(r'\.id\("(\w+)"\)') <= tried | chooser
    assert read_by_pages(r'\.lists(?:\.get\(|\[)"(\w+)"') <= tried
    asked = {key for _, where, key in REFS if where == "query"} | {
        key for entry in PAGES.values() for key in entry.bounds
    }
    assert read_by_pages(r'query_params(?:\.get\(|\[)"(\w+)"') <= asked | PLAIN


@pytest.mark.parametrize("name", [name for name in SIGNED_IN if PAGES[name].bounds])
async def test_a_list_goes_on_after_a_foreign_id_with_its_own_rows(
    name: str, worlds: Worlds, carla: Browser
) -> None:
    visit = Visit(name, worlds.beta)
    for key, ref in visit.entry.bounds.items():
        answer = await visit.by(carla, query={key: visit.value(ref, worlds.alfa.ids)})
        assert answer.status_code == 200
        assert not holds(answer, worlds.alfa)


async def test_every_table_of_a_company_is_in_the_world(worlds: Worlds) -> None:
    names = {name for name, _ in await rows_of(worlds.alfa.company)}
    empty = {model.__name__ for model in models()} - names
    assert empty <= {"Session", "IdempotencyKey"}, "made by signing in, and by programs"


@pytest.mark.parametrize("htmx", [False, True], ids=["page", "fragment"])
@pytest.mark.parametrize("name", WITH_IDS)
async def test_an_id_of_another_company_answers_like_one_that_never_was(
    name: str, worlds: Worlds, ana: Browser, carla: Browser, *, htmx: bool
) -> None:
    headers = HTMX if htmx else {}
    visit, before = Visit(name, worlds.beta), await rows_of(worlds.alfa.company)
    foreign = await visit.by(carla, instead=worlds.alfa.ids.__getitem__, headers=headers)
    random = await visit.by(carla, instead=unknown, headers=headers)
    assert seen(foreign, *worlds.alfa.ids.values()) == seen(random, NOBODY, NO_NUMBER)
    assert foreign.status_code == 404
    assert not holds(foreign, worlds.alfa)
    assert await rows_of(worlds.alfa.company) == before
    own = await Visit(name, worlds.alfa).by(ana, headers=headers)
    assert own.status_code in PAGES[name].own, f"the door works for Ana: {own.text[:300]}"
    if PAGES[name].shows:
        assert holds(own, worlds.alfa)
    assert not holds(own, worlds.beta)


@pytest.mark.parametrize(
    "name", [name for name in SIGNED_IN if not PAGES[name].path and not PAGES[name].streams]
)
async def test_a_page_without_ids_shows_its_own_company_alone(
    name: str, worlds: Worlds, ana: Browser, carla: Browser
) -> None:
    before = await rows_of(worlds.alfa.company)
    answer = await Visit(name, worlds.beta).by(carla)
    assert not holds(answer, worlds.alfa)
    assert await rows_of(worlds.alfa.company) == before
    own = await Visit(name, worlds.alfa).by(ana)
    assert own.status_code in PAGES[name].own, own.text[:300]
    if PAGES[name].shows:
        assert holds(own, worlds.alfa)
        assert holds(answer, worlds.beta)
    assert not holds(own, worlds.beta)


@pytest.mark.parametrize("ref", REFS, ids="-".join)
async def test_a_foreign_id_in_a_field_is_unknown(
    ref: tuple[str, str, str], worlds: Worlds, ana: Browser, carla: Browser
) -> None:
    name, where, key = ref
    visit, before = Visit(name, worlds.beta), await rows_of(worlds.alfa.company)
    foreign = await visit.by(carla, instead=worlds.alfa.ids.__getitem__, at=(where, key))
    random = await visit.by(carla, instead=unknown, at=(where, key))
    own_ids = worlds.beta.ids.values()
    assert seen(foreign, *worlds.alfa.ids.values(), *own_ids) == seen(
        random, NOBODY, NO_NUMBER, *own_ids
    )
    assert not holds(foreign, worlds.alfa)
    assert await rows_of(worlds.alfa.company) == before
    assert await rows_with(worlds.beta, worlds.alfa.ids) == []
    if not visit.entry.streams:
        own = await Visit(name, worlds.alfa).by(ana)
        assert own.status_code in visit.entry.own, own.text[:300]


@pytest.mark.parametrize("name", SIGNED_IN)
async def test_nobody_gets_nothing(name: str, worlds: Worlds) -> None:
    before = await rows_of(worlds.alfa.company)
    async with browser() as visitor:
        answer = await Visit(name, worlds.alfa).by(visitor)
    assert answer.status_code in {303, 403}
    if answer.status_code == 303:
        assert answer.headers["location"].startswith("/sign-in")
    assert not holds(answer, worlds.alfa)
    assert await rows_of(worlds.alfa.company) == before
