"""How a transaction ends, whatever its engine."""

from __future__ import annotations

from typing import Any

from tortoise.exceptions import TransactionManagementError


async def end(opened: Any, error: type[BaseException] | None) -> None:
    """Commit, or roll back what failed; nothing where the library says that it has ended already."""
    if opened._finalized or error is TransactionManagementError:
        return
    if error:
        await opened.rollback()
    else:
        await opened.commit()
