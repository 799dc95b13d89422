"""A module of ours run in a process of its own: JSON lines in, JSON lines out, killed when late.

    async with Child("printer_guard.judging_child", request) as child:
        answer = await child.answer(seconds=60)

One request is given at the start; `ask` sends more. An answer that is late, too long or not JSON,
and a process that has ended, raise JudgingFailed; it is killed then.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self, TypeVar

from printer_guard.errors import JudgingFailed

MOST_BYTES = 16 << 20  # of one answer: the record of a plate of 128 objects is far smaller
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
"""Threads of NumPy that wait for each other by spinning take the host's processor for nothing."""
LAST_WORDS = 2000  # bytes of standard error that a failure quotes
ENDED_BY: Mapping[int, str] = {
    signal.SIGKILL: "it was killed, perhaps because memory ran out",
    signal.SIGXCPU: "it used more processor time than it may",
    signal.SIGSEGV: "it crashed",
    signal.SIGBUS: "it crashed",
    signal.SIGABRT: "it gave up",
}

Answer = dict[str, Any]
T = TypeVar("T")


class Child:
    """One process; an async context manager that never leaves it behind."""

    def __init__(self, module: str, request: Mapping[str, Any]) -> None:
        self.module = module
        self.request = request
        self._process: asyncio.subprocess.Process | None = None
        self._errors: asyncio.Task[bytes] | None = None

    async def __aenter__(self) -> Self:
        self._process = await self._started()
        if self._process.stderr is not None:
            self._errors = asyncio.create_task(_tail(self._process.stderr))
        await self.ask(self.request)
        return self

    async def __aexit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _where: TracebackType | None,
    ) -> None:
        await self.kill()

    async def _started(self) -> asyncio.subprocess.Process:
        """The process. A start that is cancelled is seen through first: else asyncio may hang."""
        starting = asyncio.ensure_future(self._start())
        try:
            return await _seen_through(starting)
        except asyncio.CancelledError:
            self._process = starting.result()
            await self.kill()
            raise

    async def _start(self) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            sys.executable, "-P", "-m", self.module,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            limit=MOST_BYTES,
            env=os.environ | ONE_THREAD,
            start_new_session=True,  # Ctrl-C is for the guard, which then ends its children
        )  # fmt: skip

    async def ask(self, request: Mapping[str, Any]) -> None:
        """Send one more line. Raises JudgingFailed when the process has ended."""
        stdin = self._running().stdin
        try:
            if stdin is not None:
                stdin.write(json.dumps(request).encode() + b"\n")
                await stdin.drain()
        except OSError as error:
            raise await self._failed() from error

    async def answer(self, seconds: float) -> Answer:
        """The next line. Raises JudgingFailed when none comes in time."""
        stdout = self._running().stdout
        try:
            async with asyncio.timeout(seconds):
                line = await stdout.readline() if stdout is not None else b""
            if not line:
                raise await self._failed()
            answer = json.loads(line)
        except TimeoutError as error:
            await self.kill()
            raise JudgingFailed(self.module, f"gave no answer within {seconds:g} s") from error
        except ValueError as error:  # not JSON, or longer than MOST_BYTES
            await self.kill()
            raise JudgingFailed(self.module, "gave an answer that is none") from error
        if not isinstance(answer, dict):
            await self.kill()
            raise JudgingFailed(self.module, "gave an answer that is none")
        return answer

    async def kill(self) -> None:
        """End it, whatever it does; harmless when it has ended."""
        process, errors = self._process, self._errors
        self._process = self._errors = None
        if process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await _seen_through(asyncio.ensure_future(_buried(process, errors)))

    def _running(self) -> asyncio.subprocess.Process:
        if self._process is None:
            raise JudgingFailed(self.module, "was not started")
        return self._process

    async def _failed(self) -> JudgingFailed:
        """Why the process has ended, in words."""
        process = self._running()
        status = await process.wait()
        words = (await self._errors).decode(errors="replace").strip() if self._errors else ""
        why = ENDED_BY.get(-status, f"it ended with status {status}")
        last = words.splitlines()[-1] if words else ""
        return JudgingFailed(self.module, f"{why}{': ' if last else ''}{last}")


async def _seen_through(work: asyncio.Future[T]) -> T:
    """What *work* comes to, waited for even when that is cancelled; raises CancelledError then."""
    cancelled: asyncio.CancelledError | None = None
    while not work.done():
        try:
            await asyncio.shield(work)
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled is not None:
        raise cancelled
    return work.result()


async def _buried(process: asyncio.subprocess.Process, errors: asyncio.Task[bytes] | None) -> None:
    """Wait for the end of *process*, and of its pipes."""
    await process.wait()
    if process.stdin is not None:
        process.stdin.close()
    if process.stdout is not None:
        await process.stdout.read()
    if errors is not None:
        await errors


async def _tail(stream: asyncio.StreamReader) -> bytes:
    kept = b""
    while chunk := await stream.read(4096):
        kept = (kept + chunk)[-LAST_WORDS:]
    return kept
