"""Files of Companies, in a folder or in an object store: every key begins with the Company's id."""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import cache
from pathlib import Path
from uuid import UUID

import obstore
from obstore.exceptions import BaseError
from obstore.store import LocalStore, ObjectStore, from_url

from esquadrao.errors import MediaError, NotFound
from esquadrao.settings import settings

CHUNK = 1024 * 1024  # bytes read at a time, so that a file never stands whole in memory


@cache
def store() -> ObjectStore:
    url = settings().storage_url
    if url.startswith("file://"):
        return LocalStore(Path(url.removeprefix("file://")).absolute(), mkdir=True)
    return from_url(url)


def key_for(company_id: UUID, kind: str, file_id: UUID) -> str:
    return f"{company_id}/{kind}/{file_id}"


async def put(key: str, content: bytes) -> None:
    """Raises MediaError when the store refuses."""
    try:
        await obstore.put_async(store(), key, content)
    except (BaseError, OSError) as error:
        raise MediaError("storage_failed", permanent=False) from error


async def read(company_id: UUID, key: str) -> AsyncIterator[bytes]:
    """The file in chunks. Raises NotFound for a key that is not this Company's, or is gone."""
    if not key.startswith(f"{company_id}/"):
        raise NotFound
    try:
        found = await obstore.get_async(store(), key)
    except (BaseError, FileNotFoundError) as error:
        raise NotFound from error
    async for chunk in found.stream(min_chunk_size=CHUNK):
        yield bytes(chunk)
