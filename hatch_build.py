"""Build hook: compile the C kernel where there is a compiler, and never fail where there is none.

An editable install gets the library in the checkout, a wheel gets it inside and is tagged for the
platform. Without a compiler the wheel is pure Python and the NumPy back ends do the work.
"""

from __future__ import annotations

import importlib.util
import sys
import sysconfig
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

KERNEL = "dataset_builder/kernel"


class KernelHook(BuildHookInterface[Any]):
    """Adds `_kernel.so` to wheels; sdists carry the C sources only."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile, and declare what came of it; *version* is "standard" or "editable"."""
        if self.target_name != "wheel":
            return
        library = _build_kernel(Path(self.root, KERNEL, "build.py"))
        if library is None:
            return
        # ctypes loads it, not Python: any CPython 3 will do, but only on this platform
        platform = sysconfig.get_platform().replace("-", "_").replace(".", "_")
        build_data["tag"] = f"py3-none-{platform}"
        build_data["pure_python"] = False
        if version == "standard":
            build_data["force_include"][str(library)] = f"{KERNEL}/{library.name}"


def _build_kernel(script: Path) -> Path | None:
    """Run `build()` of *script*, loaded by path: the package's dependencies are not here yet."""
    spec = importlib.util.spec_from_file_location("kernel_build", script)
    if spec is None or spec.loader is None:
        return None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    try:
        library: Path | None = module.build()
    except OSError as error:  # a read-only source tree, a compiler that cannot be started
        sys.stderr.write(f"kernel not built, NumPy back ends will be used: {error}\n")
        return None
    return library
