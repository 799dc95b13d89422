"""One network as one row of the leaderboard: what it weighs, computes, takes and cost to make."""

from __future__ import annotations

import lzma
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from numpy.typing import NDArray
from torch import Tensor, nn

from model_compression.framework.marks import Marks
from model_compression.ledger.latency import Latency
from model_compression.ledger.macs import macs_of
from model_compression.ledger.memory import measure_memory
from model_compression.ledger.storage import storage_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """weights, weights_kept: of convolutions and linear layers. params: weights kept and all other
    trained numbers. macs: of one example in a dense kernel; macs_kept: by weights that are not 0.
    stored_bits: weights in the cheapest format, `stored_as`, with indices and scales; of these
    index_bits say where; lower_bound_bits: no independent code of positions goes below. other_bits:
    biases and batch norms. sample_visits: what making it cost beyond the dense parent.

    Measured where a file was given: bytes of it, of its xz, of the packed file; peak memory of a
    run; latency by what ran ("fp32, batch 1"). difference: largest one between torch and the file.
    """

    weights: int
    weights_kept: int
    params: int
    macs: int
    macs_kept: int
    stored_bits: int
    stored_as: str
    index_bits: int
    lower_bound_bits: int
    other_bits: int
    sample_visits: int
    onnx_bytes: int | None = None
    xz_bytes: int | None = None
    packed_bytes: int | None = None
    peak_memory_bytes: int | None = None
    difference: float | None = None
    latency: Mapping[str, Latency] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """For a file: plain numbers, words and dictionaries."""
        return asdict(self)


def row_of(
    network: nn.Module, marks: Marks, inputs: tuple[Tensor, ...], *, sample_visits: int = 0
) -> Row:
    """What can be told without a file. inputs: rows of any number that *network* takes.

    Raises CompressionError when *network* is not what *marks* say.
    """
    storage = storage_of(network, marks)
    macs = macs_of(network, inputs)
    parameters = sum(parameter.numel() for parameter in network.parameters())
    return Row(
        weights=storage.weights,
        weights_kept=storage.kept,
        params=parameters - storage.weights + storage.kept,
        macs=macs.dense,
        macs_kept=macs.kept,
        stored_bits=storage.bits,
        stored_as=storage.format,
        index_bits=storage.index_bits,
        lower_bound_bits=round(storage.lower_bound_bits),
        other_bits=storage.other_bits,
        sample_visits=sample_visits,
    )


def with_file(row: Row, model: bytes, inputs: Mapping[str, NDArray[Any]]) -> Row:
    """*row* with what the ONNX file *model* takes, on disk and in memory when it runs."""
    return replace(
        row,
        onnx_bytes=len(model),
        xz_bytes=len(lzma.compress(model, preset=9 | lzma.PRESET_EXTREME)),
        peak_memory_bytes=measure_memory(model, inputs),
    )
