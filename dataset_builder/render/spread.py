"""Things of several parts as one row of parts: how a loop over both is written in NumPy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def spread(parts: NDArray[np.integer]) -> tuple[NDArray[np.intp], NDArray[np.int64]]:
    """Each thing as often as it has *parts*, (N,): (P,) its index and the part's number in it."""
    owner = np.repeat(np.arange(len(parts)), parts)
    return owner, np.arange(len(owner)) - np.repeat(np.cumsum(parts) - parts, parts)
