"""The project's own files, as git sees them, or as they lie there when the checkout has no git."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PYTHON_ROOTS = ("esquadrao", "actors", "web", "graphql")
NOT_OURS = {".git", ".venv", "var", "node_modules", "dist", "vendor", "__pycache__"}


@cache
def project_files() -> tuple[Path, ...]:
    """Every file that is, or would be, committed."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode == 0 and listed.stdout:
        found = [ROOT / name for name in listed.stdout.split("\0") if name]
    else:
        found = [
            path for path in ROOT.rglob("*") if not NOT_OURS & set(path.relative_to(ROOT).parts)
        ]
    return tuple(sorted(path for path in found if path.is_file()))


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def python_files(*roots: str) -> Iterator[tuple[str, ast.Module]]:
    """Name and tree of each Python file below the roots (all of the program's, when none is given)."""
    for path in project_files():
        if path.suffix == ".py" and named(path).startswith(
            tuple(f"{root}/" for root in roots or PYTHON_ROOTS)
        ):
            yield named(path), ast.parse(path.read_text(encoding="utf-8"), filename=named(path))
