"""Every way of writing where values are."""

from __future__ import annotations

from collections.abc import Mapping

from classifier.runtime.packed.blocks import BLOCKS, ROW_BLOCKS
from classifier.runtime.packed.circulant import CIRCULANT, CIRCULANT_BLOCKS
from classifier.runtime.packed.compacted import WITHOUT_EMPTY
from classifier.runtime.packed.positions import WHOLE, Coding

CODINGS: Mapping[str, Coding] = {
    **WHOLE,
    **WITHOUT_EMPTY,
    BLOCKS: ROW_BLOCKS,
    CIRCULANT: CIRCULANT_BLOCKS,
}
"""Name -> how it is written and read. A file names one by its place here: add only at the end."""
