"""What a person may set for themselves."""

from __future__ import annotations

from esquadrao.companies.models import User

LANGUAGES = ("pt-BR", "en")


async def choose_language(user: User, language: str) -> None:
    """An unknown language changes nothing."""
    if language in LANGUAGES:
        await User.of(user.company_id).filter(id=user.id).update(language=language)
