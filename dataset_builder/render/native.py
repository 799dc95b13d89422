"""The kernel functions that draw, with their argument types, as one table.

An array argument is checked for element type and contiguity on every call: a wrong array must be
a `ctypes.ArgumentError`, never a stray write.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from functools import cache

from numpy.ctypeslib import ndpointer

from dataset_builder.kernel.library import library

_U8, _I32, _I64, _F32, _F64 = (
    ndpointer(kind, flags="C_CONTIGUOUS") for kind in ("u1", "i4", "i8", "f4", "f8")
)
_INT = ctypes.c_int64

_SIGNATURES: dict[str, tuple[type[ctypes.c_int64] | None, list[type]]] = {
    "pw_contour_count": (None, [_F64, _INT, _F64, _INT, _I64]),
    "pw_contour_fill": (None, [_F64, _INT, _F64, _INT, _I64, _F64]),
    "pw_cast_rays": (
        None,
        [_F64, _I64, _INT, _F64, _INT, _INT, ctypes.c_int32, _I32, _U8, _U8],
    ),
    "pw_fill_closed": (
        None,
        [_F64, _I64, _INT, _F64, _INT, _INT, _I32, _U8, _U8, _I64],
    ),
    "pw_find_runs": (_INT, [_U8, _INT, _INT, _INT, _I64, _I32, _INT]),
    "pw_label_runs": (_INT, [_I32, _I64, _INT, _INT, _I64, _I32]),
    "pw_measure_solids": (None, [_I32, _I64, _I32, _INT, _INT, _F64, _I32, _F64]),
    "pw_paint_solid": (None, [_I32, _I64, _I32, _INT, ctypes.c_int32, _I32, _INT, _U8]),
    "pw_cast_shadows": (
        None,
        [_U8, _INT, _INT, _INT, _INT, _F64, _I64, _INT, _F64, _I32, _I32],
    ),
    "pw_spread_rows": (None, [_F64, _INT, _INT, _F64, _F64, _INT, _F64]),
    "pw_cover_cells": (None, [_U8, _INT, _INT, _INT, _INT, _F64, _F64, _I64, _F64, _F32]),
    "pw_fill_thin_walls": (None, [_F32, _I64, _F32]),
    "pw_outer_cells": (None, [_F32, _I64, _U8]),
    "pw_turn_solid": (None, [_F32, _U8, _I64, _F64, _F64, _I64, _U8]),
    "pw_look_through": (None, [_F32, _F32, _I64, _F64, _F64, _INT, _F64, _F64]),
}


@cache
def native(name: str) -> Callable[..., int] | None:
    """The kernel function *name*, typed; None where the NumPy back end must do its work."""
    function = getattr(library(), name, None)
    if function is None:
        return None
    function.restype, function.argtypes = _SIGNATURES[name]
    return function  # type: ignore[no-any-return]
