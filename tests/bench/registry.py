"""Every figure there is: its name, its database and who measures it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Literal, cast

from tests.bench.figures import Figure

Measure = Callable[[], Awaitable[list[Figure]]]


@dataclass(frozen=True, slots=True)
class Bench:
    name: str
    engine: Literal["sqlite", "postgres"]
    measure: str  # module:function, imported in a process of its own
    limit: float  # s; `million` alone takes seven minutes on two cores

    def load(self) -> Measure:
        module, function = self.measure.split(":")
        return cast(Measure, getattr(import_module(f"tests.bench.{module}"), function))


BENCHES = (
    Bench("import.sqlite", "sqlite", "importing:measure", 45),
    Bench("import.postgres", "postgres", "importing:measure", 45),
    Bench("process.sqlite", "sqlite", "expanding:measure", 60),
    Bench("process.postgres", "postgres", "expanding:measure", 60),
    Bench("channel.sqlite", "sqlite", "chain:one_channel", 90),
    Bench("chain.sqlite", "sqlite", "chain:measure", 90),
    Bench("chain.postgres", "postgres", "chain:measure", 420),
    Bench("memory.sqlite", "sqlite", "memory:measure", 90),
    Bench("memory.postgres", "postgres", "memory:measure", 120),
    Bench("lateness.postgres", "postgres", "lateness:measure", 240),
    Bench("pages.postgres", "postgres", "pages:measure", 180),
    Bench("sessions", "sqlite", "sessions:measure", 600),
    Bench("known.sqlite", "sqlite", "known:measure", 180),
    Bench("known.postgres", "postgres", "known:measure", 180),
    Bench("million", "postgres", "million:measure", 1_500),
)


def chosen(only: str) -> Sequence[Bench]:
    """`ONLY=chain.sqlite,import`: a name, or all that begin with it. Raises ValueError for what is none."""
    names = [name.strip() for name in only.split(",") if name.strip()]
    if not names:
        return BENCHES
    for name in names:
        if not any(picks(name, bench) for bench in BENCHES):
            raise ValueError(f"no figure {name!r}; there are: {', '.join(b.name for b in BENCHES)}")
    return [bench for bench in BENCHES if any(picks(name, bench) for name in names)]


def picks(name: str, bench: Bench) -> bool:
    return bench.name == name or bench.name.startswith(f"{name}.")
