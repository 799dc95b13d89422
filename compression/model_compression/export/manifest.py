"""What the manifest of a bundle states about the compression of its network."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from classifier.runtime.bundle import ModelBundle
from classifier.runtime.compression import Compression
from model_compression.ledger.row import Row


def compression_of(
    parent: ModelBundle,
    model: bytes,
    rows: tuple[Row, Row],
    *,
    recipe: str,
    paper: str,
    command: str,
    compared: Mapping[str, Any],
) -> dict[str, Any]:
    """A manifest's `compression`.

    rows: of the dense network and the compressed one, whose file is *model*. command: that makes it
    again. compared: what `compare` found. Raises ValueError when nothing became smaller.
    """
    before, after = rows
    stated = Compression(
        recipe=recipe,
        paper=paper,
        command=command,
        parent=parent.identity,
        parent_sha256=hashlib.sha256(parent.model).hexdigest(),
        weights=(before.weights, after.weights_kept),
        macs=(before.macs, after.macs),
        model_bytes=(len(parent.model), len(model)),
        stored_bits=after.stored_bits,
        compared=compared,
    )
    return asdict(Compression.from_json(asdict(stated)))
