"""Load the compiled kernel, or say that there is none."""

from __future__ import annotations

import ctypes
import os
from functools import cache

from dataset_builder.kernel.build import LIBRARY

BACKEND_VARIABLE = "PRINTWARDEN_BACKEND"  # "c" or "numpy"; unset: c where it was built


@cache
def library() -> ctypes.CDLL | None:
    """The loaded kernel; None where it was not built or the environment asks for NumPy."""
    if os.environ.get(BACKEND_VARIABLE) == "numpy" or not LIBRARY.exists():
        return None
    return ctypes.CDLL(str(LIBRARY))
