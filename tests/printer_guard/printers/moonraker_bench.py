"""The adapter for Klipper before a stand-in for Moonraker."""

from __future__ import annotations

import asyncio
import contextlib
import time

from printer_guard.printers.base import (
    Back,
    JobOffered,
    Sent,
)
from printer_guard.printers.moonraker.printer import open_moonraker
from tests.printer_guard.stand_ins.control import serving
from tests.printer_guard.stand_ins.moonraker import FakeMoonraker

CUP = "M104 S200\nG28 ; home\n" + "".join(f"G1 X{i % 200} E0.05 ; {i}\n" for i in range(200))
LINES = [line.split(";")[0].strip() for line in CUP.splitlines()]


class Bench:
    def __init__(self, folder, host, printer):
        self.folder, self.host, self.printer = folder, host, printer
        self.events, self.printed = [], b""

    async def listen(self):
        async for event in self.printer.events():
            self.events.append(event)
            if isinstance(event, Sent):
                assert event.position == len(self.printed)
                self.printed += event.chunk

    async def until(self, test):
        end = time.monotonic() + 20
        while not (value := test()):
            assert time.monotonic() < end, (self.events[-5:], self.host.objects)
            await asyncio.sleep(0.01)
        return value

    def told(self, kind):
        return [event for event in self.events if isinstance(event, kind)]

    async def offered(self, name, text=CUP):
        (self.folder / "gcodes" / name).write_text(text)
        self.host.script(f'SDCARD_PRINT_FILE FILENAME="{name}"')
        await self.until(lambda: any(e.job.name == name for e in self.told(JobOffered)))
        return self.told(JobOffered)[-1].job

    async def running(self, text=CUP):
        job = await self.offered("cup.gcode", text)
        await self.printer.allow(job, job.sha256)
        await self.until(lambda: len(self.host.ran) > 10)
        return job


@contextlib.asynccontextmanager
async def bench_in(tmp_path, port=0):
    (tmp_path / "gcodes").mkdir()
    (tmp_path / "copies").mkdir()
    host = FakeMoonraker(tmp_path / "gcodes")
    async with contextlib.AsyncExitStack() as server:
        port = await server.enter_async_context(serving(host.app()))
        options = {"url": f"http://127.0.0.1:{port}", "patience_s": 3.0}
        bench = Bench(tmp_path, host, open_moonraker("voron", options, tmp_path / "copies"))
        listening = asyncio.create_task(bench.listen())
        try:
            await bench.until(lambda: bench.told(Back) and host._planners)
            yield bench
        finally:
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)
            await bench.printer.close()


def run(life):
    asyncio.run(asyncio.wait_for(life, 60))
