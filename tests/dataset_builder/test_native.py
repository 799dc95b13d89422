"""The table of kernel functions that draw states what their C prototypes do."""

from __future__ import annotations

import ctypes
import re

import numpy as np
import pytest

from dataset_builder.kernel.build import HERE as KERNEL
from dataset_builder.render.native import _SIGNATURES, native
from tests.dataset_builder.solids import back_end

_PROTOTYPE = re.compile(r"^PW_API (\w+) (\w+)\(([^)]*)\)", re.MULTILINE)
_PARAMETER = re.compile(r"(?:const )?(\w+) (\*?)\w+")

IN_C: dict[type | None, str] = {ctypes.c_int32: "int32_t", ctypes.c_int64: "int64_t", None: "void"}
ELEMENTS = {"uint8": "uint8_t", "int32": "int32_t", "int64": "int64_t"}
ELEMENTS |= {"float32": "float", "float64": "double"}


def prototypes() -> dict[str, tuple[str, list[str]]]:
    """Name -> what it returns and takes, const left out."""
    found = {}
    for source in sorted(KERNEL.glob("*.c")):
        for result, name, parameters in _PROTOTYPE.findall(source.read_text(encoding="utf-8")):
            types = [kind + star for kind, star in _PARAMETER.findall(parameters)]
            found[name] = (result, types)
    return found


def in_c(argument: type) -> str:
    element = getattr(argument, "_dtype_", None)
    return IN_C[argument] if element is None else ELEMENTS[np.dtype(element).name] + "*"


@pytest.mark.parametrize("name", _SIGNATURES)
def test_a_signature_is_that_of_the_kernel(name: str) -> None:
    result, arguments = _SIGNATURES[name]
    assert (IN_C[result], [in_c(argument) for argument in arguments]) == prototypes()[name]


def test_an_array_of_another_kind_is_refused_before_the_kernel_sees_it() -> None:
    with back_end("c"):
        count = native("pw_contour_count")
        assert count is not None
        heights, counts = np.zeros(1), np.zeros(1, np.int64)
        for wrong in (np.zeros((1, 3, 3), np.float32), np.zeros((3, 3, 2)).T):
            with pytest.raises(ctypes.ArgumentError):
                count(wrong, 1, heights, 1, counts)
