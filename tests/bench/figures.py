"""A figure beside its baseline of the same run, and the table of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import Literal

HEADS = ("figure", "value", "unit", "baseline", "ratio", "target", "met")


@dataclass(frozen=True, slots=True)
class Figure:
    """`target` bounds the value, or the ratio to the baseline; without one the figure only informs."""

    name: str
    value: float
    unit: str
    baseline: float | None = None
    baseline_name: str = ""
    target: float | None = None
    judged: Literal["value", "ratio"] = "value"
    bound: Literal["least", "most"] = "least"

    @property
    def ratio(self) -> float | None:
        return self.value / self.baseline if self.baseline else None

    @property
    def met(self) -> bool | None:
        seen = self.value if self.judged == "value" else self.ratio
        if self.target is None or seen is None:
            return None
        return seen >= self.target if self.bound == "least" else seen <= self.target

    def to_json(self) -> dict[str, object]:
        return {
            "name": self.name,
            "value": round(self.value, 3),
            "unit": self.unit,
            "baseline": None if self.baseline is None else round(self.baseline, 3),
            "baseline_name": self.baseline_name,
            "ratio": None if self.ratio is None else round(self.ratio, 3),
            "target": self.target,
            "judged": f"{self.judged} at {self.bound}",
            "met": self.met,
        }

    def cells(self) -> tuple[str, ...]:
        sign = "≥" if self.bound == "least" else "≤"
        times = "×" if self.judged == "ratio" else ""
        return (
            self.name,
            amount(self.value),
            self.unit,
            "-" if self.baseline is None else f"{amount(self.baseline)} {self.baseline_name}",
            "-" if self.ratio is None else f"{self.ratio:.2f}×",
            "-" if self.target is None else f"{sign} {self.target:g}{times}",
            {True: "yes", False: "NO", None: "-"}[self.met],
        )


def percentile(values: Sequence[float], share: float) -> float:
    """The value that `share` % of the values do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, ceil(len(ordered) * share / 100) - 1)]


def amount(number: float) -> str:
    return f"{number:,.0f}" if abs(number) >= 100 else f"{number:.2f}"  # digits worth reading


def table(figures: Sequence[Figure]) -> str:
    rows = [HEADS, *[one.cells() for one in figures]]
    widths = [max(len(row[at]) for row in rows) for at in range(len(HEADS))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )
