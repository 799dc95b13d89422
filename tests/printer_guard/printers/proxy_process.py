"""The proxy alone in a process of its own, to be killed: PORT LINK FOLDER hold|allow."""

import asyncio
import sys
from pathlib import Path

from printer_guard.printers.base import JobOffered
from printer_guard.printers.serial_proxy.options import SerialOptions
from printer_guard.printers.serial_proxy.printer import SerialPrinter


async def main(port: str, link: str, folder: str, answer: str) -> None:
    """Serve until killed; one line on the standard output for each event."""
    guard = SerialPrinter("child", SerialOptions(port=Path(port), link=Path(link)), Path(folder))
    async for event in guard.events():
        sys.stdout.write(type(event).__name__ + "\n")
        sys.stdout.flush()
        if answer == "allow" and isinstance(event, JobOffered):
            await guard.allow(event.job, event.job.sha256)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
