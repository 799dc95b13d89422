"""What Klipper is about to move, read from its own planner through Moonraker's /klippysocket."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp

from printer_guard.errors import PrinterUnreachable
from printer_guard.printers.moonraker.moves import Moves, Planned
from printer_guard.printers.moonraker.rpc import LARGEST_MESSAGE

END = "\x03"  # ends each message of Klipper's API
QUEUES = ("toolhead", "extruder")


async def planned(
    where: str, session: aiohttp.ClientSession, url: str, headers: dict[str, str]
) -> AsyncIterator[list[Planned]]:
    """Batches, twice a second while something moves.

    They come up to half a second before the motors do them. Raises PrinterUnreachable.
    """
    moves = Moves()
    take = {"toolhead": moves.toolhead, "extruder": moves.extruder}
    try:
        async with session.ws_connect(
            url, headers=headers, heartbeat=5.0, max_msg_size=LARGEST_MESSAGE
        ) as socket:
            for name in QUEUES:
                await socket.send_str(json.dumps(_request(name)))
            async for message in socket:
                if message.type is not aiohttp.WSMsgType.TEXT:
                    continue
                body = json.loads(message.data.rstrip(END))
                queue = body.get("queue")
                if queue in take:
                    take[queue](body["params"]["data"])
                    yield list(moves.lines())
    except (OSError, aiohttp.ClientError, ValueError, KeyError) as error:
        raise PrinterUnreachable(where, f"its planner cannot be read: {error!r}") from error


def _request(queue: str) -> dict[str, Any]:
    return {
        "id": QUEUES.index(queue) + 1,
        "method": "motion_report/dump_trapq",
        "params": {"name": queue, "response_template": {"queue": queue}},
    }
