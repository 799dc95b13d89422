"""How long onnxruntime takes on one thread, several models side by side.

Candidates take turns, run by run, so that whatever else the machine does meets all of them alike;
a session is the one that a guard would run. The tenth percentile is what the machine can do when
it is left alone, the median what it did.
"""

from __future__ import annotations

import platform
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from classifier.runtime.errors import BundleError
from classifier.runtime.session import start_session
from model_compression.errors import CompressionError

WARM = 20  # runs before those that count
US = 1e6
TELLING = ("avx2", "avx512f", "avx512_vnni", "avx_vnni", "amx_int8", "asimddp", "i8mm")
"""Flags of a processor that decide how fast int8 is."""


OnTurn = Callable[[], None]


@dataclass(frozen=True, slots=True)
class Latency:
    """Microseconds a run of one batch."""

    p10_us: float
    median_us: float


def measure_latency(
    models: Mapping[str, bytes],
    inputs: Mapping[str, NDArray[Any]],
    *,
    runs: int,
    on_turn: OnTurn = lambda: None,
) -> dict[str, Latency]:
    """Name -> latency of the ONNX file of that name, all on the same *inputs*.

    on_turn: told each of WARM + *runs* times when every file has had its turn.
    Raises CompressionError naming the file that onnxruntime cannot run.
    """
    sessions = {name: _session(name, model) for name, model in models.items()}
    took: dict[str, list[float]] = {name: [] for name in models}
    for run in range(WARM + runs):
        for name, session in sessions.items():
            start = time.perf_counter()
            session.run(None, dict(inputs))
            if run >= WARM:
                took[name].append(time.perf_counter() - start)
        on_turn()
    return {name: _summary(np.array(seconds)) for name, seconds in took.items()}


def conditions() -> dict[str, str]:
    """What a latency cannot be compared without: processor, its flags, onnxruntime's version."""
    import onnxruntime

    name, flags = _processor()
    return {
        "processor": name or platform.processor() or platform.machine(),
        "flags": " ".join(flag for flag in TELLING if flag in flags) or "none known",
        "onnxruntime": onnxruntime.__version__,
        "threads": "1",
    }


def _session(name: str, model: bytes) -> Any:
    try:
        return start_session(model, name)
    except BundleError as error:
        raise CompressionError(f"{name}: {error.what}. Export it again.") from error


def _summary(seconds: NDArray[np.float64]) -> Latency:
    return Latency(float(np.quantile(seconds, 0.1)) * US, float(np.median(seconds)) * US)


def _processor() -> tuple[str, set[str]]:
    """From Linux's list, empty elsewhere."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return "", set()
    facts = dict(reversed([_fact(line) for line in lines if ":" in line]))  # the first one counts
    return facts.get("model name", ""), set(facts.get("flags", facts.get("Features", "")).split())


def _fact(line: str) -> tuple[str, str]:
    key, _, value = line.partition(":")
    return key.strip(), value.strip()
