"""The most memory that one run takes, in a process of its own.

    python -m model_compression.ledger.memory model.onnx inputs.npz

prints the bytes by which that process grew, at its highest, from onnxruntime being imported to an
answer being there.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model_compression.errors import CompressionError

STATUS = Path("/proc/self/status")
FORGET_PEAK = "5"  # written to clear_refs: Linux, proc(5)
LONGEST_S = 120


def measure_memory(model: bytes, inputs: Mapping[str, NDArray[Any]]) -> int | None:
    """Peak bytes of loading and running *model* once, or None where the system does not tell.

    Raises CompressionError when the run fails.
    """
    if not STATUS.exists():
        return None
    with tempfile.TemporaryDirectory() as scratch:
        file, feeds = Path(scratch) / "model.onnx", Path(scratch) / "inputs.npz"
        file.write_bytes(model)
        np.savez(feeds, **dict(inputs))  # type: ignore[arg-type]
        ran = subprocess.run(
            [sys.executable, "-m", __name__, str(file), str(feeds)],
            capture_output=True,
            text=True,
            timeout=LONGEST_S,
            check=False,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        )
    if ran.returncode:
        last = ran.stderr.strip().splitlines()[-1:] or ["no word"]
        problem = f"the run that measures memory failed ({last[0]})"
        raise CompressionError(f"{problem}. Export the model again.")
    return int(ran.stdout)


def _grown(model: Path, feeds: Path) -> int:
    import onnxruntime  # noqa: F401  # its own size is not the network's

    from classifier.runtime.session import start_session

    with np.load(feeds) as arrays:
        inputs = dict(arrays)
    data = model.read_bytes()
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text(FORGET_PEAK, encoding="ascii")
    before = _kib("VmRSS")
    start_session(data, model).run(None, inputs)
    return max(_kib("VmHWM") - before, 0) * 1024


def _kib(field: str) -> int:
    for line in STATUS.read_text(encoding="ascii").splitlines():
        if line.startswith(f"{field}:"):
            return int(line.split()[1])
    raise ValueError(f"{STATUS} has no {field}")


if __name__ == "__main__":
    sys.stdout.write(f"{_grown(Path(sys.argv[1]), Path(sys.argv[2]))}\n")
