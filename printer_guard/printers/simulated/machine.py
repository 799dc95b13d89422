"""The state that commands change, and what they may do with time."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from printer_guard.printers.simulated.card import Card
from printer_guard.printers.simulated.faults import Fault, Faults
from printer_guard.printers.simulated.firmware import Firmware
from printer_guard.printers.simulated.heaters import Heater
from printer_guard.printers.simulated.planner import EMPTYING_S, Planner

REMEMBERED = 200_000  # commands: as many as a test looks back on


@dataclass(slots=True)
class Modes:
    """What moves mean. mm_s: the last feed rate."""

    absolute: bool = True
    extruder_absolute: bool = True
    mm_per_unit: float = 1.0
    mm_s: float = 25.0
    homed: bool = False


@dataclass(slots=True)
class Machine:
    """*say* sends one line to the host.

    executed: the commands carried out, oldest first, from the serial line and from the card alike.
    """

    firmware: Firmware
    say: Callable[[str], None]
    faults: Faults = field(default_factory=Faults)
    card: Card = field(default_factory=Card)
    modes: Modes = field(default_factory=Modes)
    executed: deque[bytes] = field(default_factory=lambda: deque(maxlen=REMEMBERED))
    fan: float = 0.0
    motors_on: bool = False
    message: str = ""
    last_number: int = 0
    killed: bool = False
    heat_waits: int = 0  # of M109 and M190; M108 ends the one that runs
    planner: Planner = field(init=False)
    tool: Heater = field(init=False)
    bed: Heater = field(init=False)
    _woken: asyncio.Event = field(default_factory=asyncio.Event)
    _kept_alive: float = 0.0

    def __post_init__(self) -> None:
        """Cold, and at rest."""
        self.planner = Planner(self.firmware.planner_blocks, self.now)
        self.tool = Heater(self.now)
        self.bed = Heater(self.now, heats_by=0.8, cools_by=0.2)

    def now(self) -> float:
        """Simulated seconds."""
        return time.monotonic() * self.firmware.speed

    def temperatures(self) -> str:
        """As M105 says them."""
        tool, bed = self.tool, self.bed
        return (
            f"T:{tool.temperature:.2f} /{tool.target:.2f} B:{bed.temperature:.2f} "
            f"/{bed.target:.2f} @:{127 * (tool.target > 0)} B@:{127 * (bed.target > 0)}"
        )

    async def wait(self, left: Callable[[], float]) -> None:
        """Until *left* says 0 simulated seconds; says that it is busy meanwhile."""
        self._kept_alive = time.monotonic()
        while (seconds := left()) > 0 and not self.killed:
            quiet = self.firmware.busy_s - (time.monotonic() - self._kept_alive)
            if quiet <= 0:
                self.say("echo:busy: processing")
                self._kept_alive = time.monotonic()
                continue
            self._woken.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(min(seconds / self.firmware.speed, quiet)):
                    await self._woken.wait()

    async def idle(self) -> None:
        """Until there may be something to do."""
        self._woken.clear()
        await self._woken.wait()

    def wake(self) -> None:
        """Let whoever waits look again."""
        self._woken.set()

    def quick_stop(self) -> None:
        """Throw away all planned moves."""
        if not self.faults.strikes(Fault.DEAF_STOP):
            self.planner.quick_stop(EMPTYING_S * self.firmware.speed)
        self.wake()

    def end_heat_wait(self) -> None:
        """Let M109 or M190 go on before it is hot."""
        self.heat_waits += 1
        self.wake()

    def cool(self) -> None:
        """No heater has a target, no fan turns."""
        self.tool.aim(0.0)
        self.bed.aim(0.0)
        self.fan = 0.0

    def kill(self) -> None:
        """Stop for good: only a reset helps."""
        self.planner.quick_stop()
        self.cool()
        self.motors_on = False
        self.card.let_go()
        self.say("Error:Printer halted. kill() called!")
        self.killed = True
        self.wake()
