"""Fail points: where the tests of `tests/faults` have processes killed."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys

import pytest

from esquadrao import failpoints
from tests.architecture.sources import ROOT, python_files

PASSAGES = """
from esquadrao.failpoints import reach
for _ in range(3):
    reach("clock", "due")
    print("passed", flush=True)
"""


def passed(code: str = PASSAGES, **env: str) -> tuple[int, str, str]:
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=os.environ | env,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


def test_an_armed_point_kills_its_process_at_the_nth_passage() -> None:
    code, out, said = passed(FAIL_POINTS="clock.due:2,clock.rung:1")
    assert (code, out, said) == (-signal.SIGKILL, "passed\n", "fail point clock.due\n")


def test_production_does_not_start_with_armed_points() -> None:
    code, out, why = passed(FAIL_POINTS="clock.due:2", APP_ENV="production")
    assert (code, out) == (1, "")
    assert "FAIL_POINTS kills processes" in why


def test_a_point_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="no fail point"):
        failpoints.arm("dispatch.commited:1")


def test_every_point_stands_in_the_code() -> None:
    """A stage renamed here and not there would leave a fault test that tests nothing."""
    source = "\n".join(
        (ROOT / name).read_text(encoding="utf-8")
        for root in ("esquadrao", "actors")
        for name, _ in python_files(root)
    )
    stages = set(re.findall(r'unit_of_work\("(\w+)"\)', source))
    alone = {f"{stage}.{step}" for stage, step in re.findall(r'reach\("(\w+)", "(\w+)"\)', source)}
    assert stages == set(failpoints.STAGES)
    assert alone == set(failpoints.ALONE)
