from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

from tests.architecture.sources import ROOT, python_files


def test_nothing_points_back_and_neighbours_are_strangers() -> None:
    program = Path(sys.prefix) / "bin" / "lint-imports"
    seen = subprocess.run(
        [program, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert seen.returncode == 0, seen.stdout + seen.stderr


def test_every_noun_of_the_domain_has_its_layer() -> None:
    """A new package would otherwise stand outside the layers, and nothing would watch its imports."""
    told = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"][
        "importlinter"
    ]
    layers = next(contract for contract in told["contracts"] if contract.get("containers"))[
        "layers"
    ]
    known = {name.strip("() ") for layer in layers for name in layer.replace(":", "|").split("|")}
    nouns = {name.split("/")[1] for name, _ in python_files("esquadrao") if name.count("/") > 1}
    below = {"engines", "gateways", "migrations"}  # no noun of the domain
    assert nouns - below <= known
