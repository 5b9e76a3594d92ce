"""A pipe whose other end is a process, read line by line without a limit on a line's length that could stop it."""

from __future__ import annotations

import asyncio
import codecs
import os
from collections.abc import Callable

CHUNK = 65_536  # bytes a read; a Linux pipe holds as much
LONGEST = 262_144  # characters; a longer line is shown in parts
PATIENCE = 1.0  # s to read what is left after the process has gone


class Lines:
    def __init__(self, output: Callable[[str], None]) -> None:
        self.output = output
        self.outlet, self.inlet = os.pipe()
        os.set_blocking(self.outlet, False)
        self.ended = asyncio.Event()
        self.rest = ""
        self.decode = codecs.getincrementaldecoder("utf-8")(errors="replace").decode
        asyncio.get_running_loop().add_reader(self.outlet, self._read)

    def close_inlet(self) -> None:
        """Ours: from now on the pipe ends when the process and its children do."""
        os.close(self.inlet)

    async def drained(self) -> None:
        try:
            await asyncio.wait_for(self.ended.wait(), PATIENCE)
        except TimeoutError:
            self._end()

    def _read(self) -> None:
        try:
            chunk = os.read(self.outlet, CHUNK)
        except BlockingIOError:
            return
        *whole, self.rest = (self.rest + self.decode(chunk)).split("\n")
        if len(self.rest) > LONGEST:
            whole, self.rest = [*whole, self.rest], ""
        for line in whole:
            self.output(line.rstrip("\r"))
        if not chunk:
            self._end()

    def _end(self) -> None:
        if self.ended.is_set():
            return
        asyncio.get_running_loop().remove_reader(self.outlet)
        os.close(self.outlet)
        if self.rest:
            self.output(self.rest)
        self.ended.set()
