from __future__ import annotations

import re

from esquadrao.settings import Settings
from tests.architecture.sources import ROOT

ROW = re.compile(r"^\| `([A-Z_]+)` \| (.*?) \| (.+?) \|$", re.MULTILINE)
CONFIGS = sorted((ROOT / "bridge" / "src").glob("config*.ts"))


def section(title: str) -> dict[str, tuple[str, str]]:
    text = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    body = text.split(f"## {title}\n", 1)[1].split("\n## ", 1)[0]
    return {name: (default, words) for name, default, words in ROW.findall(body)}


def test_every_setting_is_documented_with_its_words_and_nothing_else_is() -> None:
    documented = section("The app")
    assert {name: words for name, (_, words) in documented.items()} == {
        name.upper(): field.description for name, field in Settings.model_fields.items()
    }


def test_the_documented_default_is_the_default() -> None:
    for name, (default, _) in section("The app").items():
        real = Settings.model_fields[name.lower()].default
        plain = real.get_secret_value() if hasattr(real, "get_secret_value") else real
        shown = "–" if plain in ("", None) else f"`{plain}`"
        assert (name, default) == (name, shown)


def test_every_variable_the_bridge_reads_is_documented() -> None:
    text = "\n".join(path.read_text(encoding="utf-8") for path in CONFIGS)
    read = set(re.findall(r"^ +([A-Z][A-Z]+(?:_[A-Z]+)+): ", text, re.MULTILINE))
    assert read
    assert read - set(section("The app")) <= set(section("The bridge and the simulator"))
