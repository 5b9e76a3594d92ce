from __future__ import annotations

import re
import tomllib

from tests.architecture.sources import ROOT, named, project_files

SLASH = "/"  # so that this file does not hold what it looks for
MACHINE_PATHS = tuple(SLASH + name + SLASH for name in ("work", "root", "home", "tmp", "opt"))
REGISTRIES = tuple(
    f"{name}.{end}" for name, end in (("npmjs", "org"), ("pypi", "org"), ("pythonhosted", "org"))
)
PRIVATE_KEY = re.compile(r"-----BEGIN [A-Z ]*PRIVATE" + r" KEY-----")
BINARY = {".png", ".jpg", ".ico", ".woff2", ".mo", ".xlsx"}


def test_no_file_names_this_machine_a_registry_or_a_key() -> None:
    found = []
    for path in project_files():
        if path.suffix in BINARY:
            continue
        source = path.read_bytes().decode("utf-8", errors="replace")
        # An address has a path of its own: only a path that begins a word is one of this machine.
        found += [
            f"{named(path)}: {needle}"
            for needle in MACHINE_PATHS
            if re.search(rf"(?<![\w.}}/$]){re.escape(needle)}", source)
        ]
        found += [f"{named(path)}: {needle}" for needle in REGISTRIES if needle in source]
        found += [f"{named(path)}: private key" for _ in PRIVATE_KEY.findall(source)]
    assert found == []


def test_locks_hold_a_hash_for_every_package() -> None:
    for path in project_files():
        if path.name.startswith("requirements") and path.suffix == ".lock":
            entries = re.split(r"\n(?=\S)", path.read_text(encoding="utf-8").strip())
            assert entries
            assert [entry.split()[0] for entry in entries if "--hash=sha256:" not in entry] == []
        if path.name == "package-lock.json":
            assert '"resolved"' not in path.read_text(encoding="utf-8")


def test_the_locks_know_every_dependency_and_agree_with_each_other() -> None:
    told = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    run, dev = pins("requirements.lock"), pins("requirements-dev.lock")
    assert {package_name(one) for one in told["project"]["dependencies"]} <= set(run)
    assert {package_name(one) for one in told["dependency-groups"]["dev"]} <= set(dev)
    assert {name: dev.get(name) for name in run} == run


def package_name(requirement: str) -> str:
    found = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert found
    return re.sub(r"[-_.]+", "-", found[0]).lower()


def pins(lock: str) -> dict[str, str]:
    """Package → version of every line of a lock."""
    lines = re.findall(
        r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?==(\S+)",
        (ROOT / lock).read_text(encoding="utf-8"),
        re.MULTILINE,
    )
    return {package_name(name): version for name, version in lines}
