"""Passwords: argon2id, and which new ones are refused.

The refusal is an estimate of our own, kept small on purpose: it bundles some two hundred Brazilian and English words,
not the hundred thousand leaked passwords of a real list. At fifteen characters those lists hold little but such words
put together, repeats and keyboard runs; these are recognised whatever their order, so that "senhasenha12345" falls.
"""

from __future__ import annotations

import asyncio
import re
import unicodedata
from base64 import b64encode
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial
from itertools import pairwise
from pathlib import Path
from typing import TypeVar

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

from esquadrao.errors import Invalid
from esquadrao.words import N_

SHORTEST = 15  # characters; NIST SP 800-63B for a password without a second factor
LONGEST = 128
GUESSABLE = 8  # what must be left once each known part counts as one character
SHORTEST_WORD = 3  # a known part; shorter ones stand in every good password by chance
AT_ONCE = 4  # hashes a process computes at a time: 47 MiB each, so a flood of sign-ins does not eat the memory

# OWASP's equal of m=19 MiB t=2, with the memory where the attacker pays for it.
HASHER = PasswordHasher(time_cost=1, memory_cost=47104, parallelism=1, type=Type.ID)
# Our own threads: asyncio's are shared with the files, and a semaphore would belong to one event loop.
THREADS = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="argon2")

RUNS = (
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890",
    "qwertyuiop",
    "asdfghjklç",
    "zxcvbnm",
    "1q2w3e4r5t6y7u8i9o0p",
)
Answer = TypeVar("Answer")
LEET = str.maketrans("@4310$5!7", "aaeiossit")


async def hash_password(password: str) -> str:
    return await _in_thread(partial(HASHER.hash, _normal(password)))


async def verify_password(stored: str | None, password: str) -> bool:
    """Whether it is right. `None`, an unknown User, costs the same time and is never right."""
    right = await _in_thread(partial(_verify, stored or _nobody(), _normal(password)))
    return right and stored is not None


def is_outdated(stored: str) -> bool:
    """Whether the parameters rose since; who has just signed in gets a new hash."""
    return HASHER.check_needs_rehash(stored)


def check_new_password(password: str, words: Iterable[str] = ()) -> None:
    """Raises Invalid; `words` are the Company's and the User's own names, the first an attacker tries."""
    text = _normal(password)
    if len(text) < SHORTEST:
        sentence = N_("Use ao menos {shortest} caracteres. Uma frase curta é fácil de lembrar.")
        raise Invalid.field("password", "password_short", sentence, shortest=SHORTEST)
    if len(text) > LONGEST:
        sentence = N_("Use no máximo {longest} caracteres.")
        raise Invalid.field("password", "password_long", sentence, longest=LONGEST)
    if _weight(text, words) < GUESSABLE:
        sentence = N_(
            "Esta senha é fácil de adivinhar. Junte palavras que nada têm a ver com você ou a empresa."
        )
        raise Invalid.field("password", "password_common", sentence)


async def _in_thread(call: Callable[[], Answer]) -> Answer:
    return await asyncio.get_running_loop().run_in_executor(THREADS, call)


def _verify(stored: str, text: str) -> bool:
    try:
        return HASHER.verify(stored, text)
    except (VerificationError, InvalidHashError):
        return False


@cache
def _nobody() -> str:
    """A hash nobody has the password of, with today's parameters: checking it takes as long as a real one."""
    salt, digest = (
        b64encode(bytes(size)).decode().rstrip("=") for size in (HASHER.salt_len, HASHER.hash_len)
    )
    return f"$argon2id$v=19$m={HASHER.memory_cost},t={HASHER.time_cost},p={HASHER.parallelism}${salt}${digest}"


def _normal(password: str) -> str:
    """One spelling, whatever the keyboard composed; the cut keeps a huge form from costing a huge hash."""
    return unicodedata.normalize("NFKC", password[: LONGEST * 8])


def _weight(text: str, words: Iterable[str]) -> int:
    """How many characters stay to be guessed, with every known part counted as one and a repeat not at all."""
    plain = _folded(text)
    known = _known() | {part for word in words for part in re.split(r"\W+", _folded(word))}
    parts = sorted((part for part in known if len(part) >= SHORTEST_WORD), key=len, reverse=True)
    pieces = re.findall("|".join([*map(re.escape, parts), "."]), plain, re.DOTALL)
    # Figures and signs around words are what people add to please a form: a row of them weighs as one.
    kinds = [piece if len(piece) > 1 or piece.isalpha() else "#" for piece in pieces]
    return len(set(pairwise(kinds))) + 1


def _folded(text: str) -> str:
    bare = unicodedata.normalize("NFKD", text.casefold())
    return "".join(one for one in bare if not unicodedata.combining(one)).translate(LEET)


@cache
def _known() -> frozenset[str]:
    """The bundled words and every run along alphabet, figures and keyboard, both ways."""
    listed = Path(__file__).with_name("common_words.txt").read_text(encoding="utf-8")
    words = {_folded(line) for line in listed.split() if not line.startswith("#")}
    rows = [turned for row in RUNS for turned in (row, row[::-1])]
    runs = {
        _folded(row[at : at + size])
        for row in rows
        for size in range(3, len(row) + 1)
        for at in range(len(row) - size + 1)
    }
    return frozenset(words | runs)
