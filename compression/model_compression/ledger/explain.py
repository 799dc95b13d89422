"""The arithmetic of a network's storage, a line a layer, so that anyone can do it again by hand."""

from __future__ import annotations

from model_compression.ledger.storage import LayerStorage, Storage

COLUMNS = (
    "layer", "shape", "weights", "kept", "values", "cheapest format", "its arithmetic", "bits",
    "scales",
)  # fmt: skip
HEAD = f"| {' | '.join(COLUMNS)} |\n{'|---' * len(COLUMNS)}|\n"


def explain_storage(storage: Storage) -> str:
    """Markdown: each layer in its cheapest format, the sum, and the bound below."""
    lines = [_line(layer) for layer in storage.layers]
    return (
        f"{HEAD}{''.join(lines)}\n"
        f"Sum: {storage.bits:,} bits = {storage.bits / 8:,.0f} bytes, of which "
        f"{storage.index_bits:,} bits say where weights are; no independent code of the places "
        f"takes less than {storage.lower_bound_bits:,.0f} bits. Beside them {storage.others:,} "
        f"biases and numbers of batch norms: {storage.other_bits:,} bits.\n"
    )


def _line(layer: LayerStorage) -> str:
    cost = layer.costs[layer.format]
    shape = " x ".join(map(str, layer.shape))
    return (
        f"| {layer.name} | {shape} | {layer.weights:,} | {layer.kept:,} | {layer.values.name} | "
        f"{layer.format} | {cost.sum} | {cost.bits:,} | {layer.values.table_bits:,} |\n"
    )
