from __future__ import annotations

import ast
import re
from collections import Counter

from esquadrao import jobs
from tests.architecture.sources import python_files

WIRE_NAME = re.compile(r"[a-z]+(_[a-z]+)*\.[a-z]+(_[a-z]+)*")


def test_every_job_has_exactly_one_actor() -> None:
    handled = Counter(
        argument.id
        for _, tree in python_files("actors")
        for function in ast.walk(tree)
        if isinstance(function, ast.AsyncFunctionDef | ast.FunctionDef)
        for decorator in function.decorator_list
        if isinstance(decorator, ast.Call) and getattr(decorator.func, "id", "") == "handles"
        for argument in decorator.args
        if isinstance(argument, ast.Name)
    )
    assert handled == Counter(job.__name__ for job in jobs.ALL_JOBS)


def test_every_job_is_in_the_list_with_a_wire_name_of_its_own() -> None:
    made = {
        value
        for value in vars(jobs).values()
        if isinstance(value, type) and issubclass(value, jobs.Job)
    }
    assert made - {jobs.Job} == set(jobs.ALL_JOBS)
    names = [job.wire_name for job in jobs.ALL_JOBS]
    assert len(set(names)) == len(names)
    assert [name for name in names if not WIRE_NAME.fullmatch(name)] == []
