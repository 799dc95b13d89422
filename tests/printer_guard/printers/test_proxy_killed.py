"""kill -9 of the proxy at every stage: what it held never prints, what was planned runs out."""

import asyncio
import contextlib
import sys

import pytest

from printer_guard.printers.simulated.firmware import Firmware
from printer_guard.printers.simulated.marlin import SimulatedMarlin
from tests.printer_guard.printers.serial_bench import Gone, Host, square

WAITS_S = 60.0
JOB = square(200)


async def until(holds):
    async with asyncio.timeout(WAITS_S):
        while not holds():
            await asyncio.sleep(0.02)


@contextlib.asynccontextmanager
async def proxy(folder, answer):
    """The proxy as a child, with the printer at the other end in this process."""
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.printer_guard.printers.proxy_process",
        str(folder / "printer"), str(folder / "guarded"), str(folder), answer,
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        await until((folder / "guarded").exists)
        yield child
    finally:
        if child.returncode is None:
            child.kill()
        await child.wait()


async def event(child, name):
    async with asyncio.timeout(WAITS_S):
        while (line := await child.stdout.readline()) != name + b"\n":
            assert line, "the child has ended"


@pytest.mark.parametrize("stage", ["idle", "held", "held-card", "printing"])
def test_a_killed_proxy_lets_nothing_pass(tmp_path, stage):
    files = {"old.gco": b"".join(line + b"\n" for line in JOB)}

    async def story():
        async with (
            SimulatedMarlin(tmp_path / "printer", Firmware(speed=50.0), files) as marlin,
            proxy(tmp_path, "allow" if stage == "printing" else "hold") as child,
        ):
            machine = marlin.machine
            host = Host(tmp_path / "guarded")
            await host.command(b"M105")
            if stage == "held-card":
                host.write(b"M32 old.gco\n")
                await event(child, b"JobOffered")
            elif stage != "idle":
                await host.begin()
                printing = asyncio.create_task(host.print_lines(JOB))
                await event(child, b"JobOffered")
            if stage == "printing":
                await until(lambda: len(machine.executed) > 40)
            child.kill()
            await child.wait()
            if stage in ("held", "printing"):
                with pytest.raises(Gone):
                    await printing
            await until(lambda: machine.planner.still and not marlin.machine.card.printing)
            taken = [command for command in machine.executed if command in set(JOB)]
            assert stage == "printing" or taken == []
            before = len(machine.executed)
            await asyncio.sleep(0.3)
            assert len(machine.executed) == before < len(JOB)
            if stage == "printing":  # what Marlin does without a host: hot, and at rest
                assert machine.tool.target == 205.0
            host.close()

    asyncio.run(story())


def test_a_proxy_that_starts_again_offers_anew_what_is_sent_again(tmp_path):
    async def story():
        async with SimulatedMarlin(tmp_path / "printer", Firmware(speed=50.0)) as marlin:
            for _ in range(2):
                (tmp_path / "guarded").unlink(missing_ok=True)  # a dead link of the one before
                async with proxy(tmp_path, "hold") as child:
                    host = Host(tmp_path / "guarded")
                    host.write(b"G1 X5 Y5 E1\n")
                    await event(child, b"JobOffered")
                    child.kill()
                    await child.wait()
                    host.close()
            assert b"G1 X5 Y5 E1" not in marlin.machine.executed

    asyncio.run(story())
