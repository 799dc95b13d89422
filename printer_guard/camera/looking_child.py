"""The process that looks through a camera: `python -m printer_guard.camera.looking_child`.

The first line of JSON on standard input says which job, camera and calibration; each further one
says how many bytes of the job are printed, asks for a look, and is answered by a line. It ends
with its input.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from printer_guard.limits import confine

if TYPE_CHECKING:
    from printer_guard.camera.eye import Eye
    from printer_guard.camera.imaging import Picture
    from printer_guard.camera.sources import open_source


def main() -> None:
    """Answer until standard input ends."""
    request = json.loads(sys.stdin.readline())
    confine(request["memory_mib"])
    from printer_guard.camera.sources import open_source

    eye = _eye(request)
    kept = False
    with open_source(request["source"], request["hosts"]) as source:
        for line in sys.stdin:
            answer = _looked(eye, source, request, json.loads(line)["byte"])
            if answer["decided"] == "differs" and not kept:
                kept, answer["picture"] = True, _evidence(eye, request)
            print(json.dumps(answer, allow_nan=False), flush=True)  # noqa: T201 (the answer)


def _eye(request: Mapping[str, Any]) -> Eye:
    from classifier.runtime.print_order import PrintOrder
    from printer_guard.camera.calibration import load_calibration
    from printer_guard.camera.eye import Eye

    return Eye(
        load_calibration(Path(request["calibration"])),
        PrintOrder(Path(request["job"]), request["name"]),
        looks=request["looks"],
        tolerance_mm=request["tolerance_mm"],
    )


def _looked(eye: Eye, source: open_source, request: Mapping[str, Any], byte: int) -> dict[str, Any]:
    from printer_guard.errors import CameraError

    begun = time.process_time()
    try:
        pictures = _pictures(source, request)
    except CameraError as error:
        glance = eye.blind(str(error))
    else:
        glance = eye.look(pictures, byte)
    ms = round(1000 * (time.process_time() - begun), 1)
    return {**asdict(glance), "picture": None, "ms": ms}


def _pictures(source: open_source, request: Mapping[str, Any]) -> list[Picture]:
    """Those of one look. The camera is let go afterwards: a stream that nobody reads grows old."""
    pictures = []
    try:
        for number in range(request["frames"]):
            if number:
                time.sleep(request["frame_gap_s"])
            pictures.append(source.read())
    finally:
        source.close()
    return pictures


def _evidence(eye: Eye, request: Mapping[str, Any]) -> str | None:
    """Path of the picture; one that cannot be kept costs no look."""
    from printer_guard.camera.evidence import keep_difference
    from printer_guard.errors import CameraError

    try:
        path = keep_difference(eye, Path(request["pictures"]), request["label"], request["keep"])
    except (CameraError, OSError):
        return None
    return None if path is None else str(path)


if __name__ == "__main__":
    main()
