from __future__ import annotations

import pytest

from esquadrao.companies.keys import SealBroken, lookup_hash, seal, unseal
from esquadrao.settings import settings


def test_what_was_sealed_opens_in_its_own_place_alone() -> None:
    sealed = seal(b"segredo", context="signing_key.jwk.1")
    assert unseal(sealed, context="signing_key.jwk.1") == b"segredo"
    assert "segredo" not in sealed
    for broken, context in (
        (sealed, "signing_key.jwk.2"),
        (sealed[:-2] + "AA", "signing_key.jwk.1"),
        (sealed.replace("1.", "2.", 1), "signing_key.jwk.1"),
        ("", "signing_key.jwk.1"),
        ("1.00000000.", "signing_key.jwk.1"),
    ):
        with pytest.raises(SealBroken):
            unseal(broken, context=context)


def test_the_same_text_is_never_sealed_the_same() -> None:
    assert seal(b"a", context="c") != seal(b"a", context="c")


def test_a_new_key_in_front_opens_what_the_old_one_sealed(monkeypatch: pytest.MonkeyPatch) -> None:
    sealed = seal(b"a", context="c")
    old = settings().field_keys.get_secret_value()
    monkeypatch.setenv("FIELD_KEYS", f"{'n' * 40},{old}")
    settings.cache_clear()
    assert unseal(sealed, context="c") == b"a"
    assert seal(b"a", context="c")[:10] != sealed[:10]
    monkeypatch.setenv("FIELD_KEYS", "n" * 40)
    settings.cache_clear()
    with pytest.raises(SealBroken):
        unseal(sealed, context="c")


def test_a_lookup_hash_is_keyed_and_of_one_use(monkeypatch: pytest.MonkeyPatch) -> None:
    before = lookup_hash("email", "ana@alfa.example")
    assert before == lookup_hash("email", "ana@alfa.example")
    assert before != lookup_hash("throttle-email", "ana@alfa.example")
    monkeypatch.setenv("LOOKUP_KEY", "n" * 40)
    settings.cache_clear()
    assert before != lookup_hash("email", "ana@alfa.example")
