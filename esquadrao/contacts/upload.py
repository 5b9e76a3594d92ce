"""A spreadsheet as it was sent, out of the store and on a disk, so that it never stands whole in memory."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from tempfile import TemporaryFile
from typing import IO
from uuid import UUID

from esquadrao.gateways import media


@asynccontextmanager
async def opened(company_id: UUID, key: str) -> AsyncIterator[IO[bytes]]:
    """Raises NotFound when the file is gone."""
    with TemporaryFile() as file:
        async for chunk in media.read(company_id, key):
            file.write(chunk)
        file.seek(0)
        yield file
