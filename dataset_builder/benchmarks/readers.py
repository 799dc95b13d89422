"""The readers that `printwarden bench read` compares; one is run as a process of its own:

    python -m dataset_builder.benchmarks.readers NAME FILE

prints CPU seconds of reading alone (imports excluded) and the peak memory of the process in MiB.
"""

from __future__ import annotations

import json
import os
import resource
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from dataset_builder.kernel.library import BACKEND_VARIABLE

CHUNK_BYTES = 1 << 18
ENOUGH_S = 1.0
"""Quick readers read again and again for so long: shared machines change pace by the second."""


def _chunks(file: Path) -> Iterator[bytes]:
    with file.open("rb", buffering=0) as handle:
        while chunk := handle.read(CHUNK_BYTES):
            yield chunk


def _count_newlines(file: Path) -> Callable[[], object]:
    return lambda: sum(chunk.count(b"\n") for chunk in _chunks(file))


def _printwarden(file: Path) -> Callable[[], object]:
    from dataset_builder.readers.gcode.scanner import Scanner

    return lambda: sum(len(block) for block in Scanner().blocks(_chunks(file)))


def _pygcode(file: Path) -> Callable[[], object]:
    from pygcode import Line

    def read() -> int:
        refused = 0
        with file.open(encoding="utf-8", errors="replace") as lines:
            for line in lines:
                try:
                    Line(line)
                except Exception:  # noqa: BLE001 (it raises whatever comes to hand)
                    refused += 1
        return refused

    return read


def _gcodeparser(file: Path) -> Callable[[], object]:
    from gcodeparser import parse_gcode_lines

    text = file.read_text(encoding="utf-8", errors="replace")
    return lambda: sum(1 for _ in parse_gcode_lines(text))


def _octoprint(file: Path) -> Callable[[], object]:
    from octoprint.util.gcodeInterpreter import gcode  # type: ignore[import-not-found]

    return lambda: gcode().load(str(file))


READERS: dict[str, tuple[Callable[[Path], Callable[[], object]], str]] = {
    "printwarden-c": (_printwarden, "segments, layers, features, objects"),
    "printwarden-numpy": (_printwarden, "the same"),
    "read+newlines": (_count_newlines, "nothing: the floor"),
    "gcodeparser": (_gcodeparser, "words only"),
    "octoprint": (_octoprint, "box, time, filament"),
    "pygcode": (_pygcode, "words only"),
}
"""Name -> what prepares it, what it gives."""


def measure(name: str, file: Path) -> dict[str, Any]:
    """CPU seconds of one reading (median of several), after all it needs is imported."""
    prepare, _ = READERS[name]
    if name.startswith("printwarden-"):
        os.environ[BACKEND_VARIABLE] = name.removeprefix("printwarden-")
    read = prepare(file)
    runs: list[float] = []
    while sum(runs) < ENOUGH_S:
        start = time.process_time()
        read()
        runs.append(time.process_time() - start)
    seconds = statistics.median(runs)
    peak_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"seconds": seconds, "peak_mib": peak_mib}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(measure(sys.argv[1], Path(sys.argv[2]))))
