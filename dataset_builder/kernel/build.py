"""Compile the kernel with the host's C compiler: `python -m dataset_builder.kernel.build`.

Used by the package build hook and by hand in a checkout; reading a job imports this file for its
path alone, so the tools of the build are imported where they are used. Without a compiler the
NumPy back ends do the same work, only slower.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
LIBRARY = HERE / "_kernel.so"  # ctypes does not mind the suffix on other systems
# -ffp-contract=off: no fused multiply-add, so every host gives the same last bit
FLAGS = ("-std=c99", "-O3", "-fPIC", "-shared", "-ffp-contract=off", "-fvisibility=hidden", "-Wall")


def compiler() -> list[str] | None:
    """The command of a working C compiler, or None; $CC wins."""
    import shutil
    import sysconfig

    candidates = (os.environ.get("CC"), sysconfig.get_config_var("CC"), "cc", "gcc", "clang")
    for candidate in candidates:
        if candidate and shutil.which(candidate.split()[0]):
            return candidate.split()
    return None


def build(output: Path = LIBRARY) -> Path | None:
    """Compile every .c file beside this one into *output*; None when no compiler works."""
    import subprocess

    command = compiler()
    if command is None:
        return None
    sources = sorted(str(path) for path in HERE.glob("*.c"))
    temporary = output.with_suffix(f".{os.getpid()}.tmp")
    call = [*command, *FLAGS, "-o", str(temporary), *sources, "-lm"]
    done = subprocess.run(call, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.stderr.write(f"kernel not built, NumPy back ends will be used:\n{done.stderr}\n")
        temporary.unlink(missing_ok=True)
        return None
    if done.stderr:
        sys.stderr.write(done.stderr)
    temporary.replace(output)  # atomic: a running process keeps its old copy
    return output


if __name__ == "__main__":
    sys.exit(0 if build() else 1)
