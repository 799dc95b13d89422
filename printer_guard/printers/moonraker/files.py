"""Stored files, by Moonraker's HTTP interface: copies of exactly what lies there now."""

from __future__ import annotations

import hashlib
from pathlib import Path
from urllib.parse import quote

import aiohttp

from printer_guard.errors import CannotFetch

BLOCK_BYTES = 1 << 20


class Files:
    """*headers*: with the API key, where Moonraker wants one."""

    def __init__(self, where: str, url: str, headers: dict[str, str]) -> None:
        self._where, self._url, self._headers = where, url, headers

    async def copy(self, session: aiohttp.ClientSession, name: str, to: Path) -> tuple[str, int]:
        """Write *name* to *to*; (sha256, bytes). Raises CannotFetch."""
        digest, size = hashlib.sha256(), 0
        address = f"{self._url}/server/files/gcodes/{quote(name.lstrip('/'))}"
        try:
            async with session.get(address, headers=self._headers) as answer:
                answer.raise_for_status()
                with to.open("wb") as copy:
                    async for block in answer.content.iter_chunked(BLOCK_BYTES):
                        digest.update(block)
                        copy.write(block)
                        size += len(block)
        except (OSError, TimeoutError, aiohttp.ClientError) as error:
            to.unlink(missing_ok=True)
            raise CannotFetch(self._where, f"{name!r}: {error!r}") from error
        return digest.hexdigest(), size
