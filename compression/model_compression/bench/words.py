"""Figures as people read them, for the page and for a terminal alike; an unknown one is "-"."""

from __future__ import annotations

from model_compression.bench.cells import Json

UNKNOWN = "-"


def percent(share: float | None) -> str:
    """With as many digits as small ones need."""
    if share is None:
        return UNKNOWN
    return f"{100 * share:.2f} %" if share >= 0.1 else f"{100 * share:.2g} %"


def size(count: float | None) -> str:
    """Bytes."""
    if count is None:
        return UNKNOWN
    for unit in ("B", "kB"):
        if count < 1000:
            return f"{count:.3g} {unit}"
        count /= 1000
    return f"{count:.3g} MB"


def times(factor: float | None) -> str:
    """How many times."""
    return UNKNOWN if factor is None else f"{factor:.3g}x"


def speed(latency: Json, name: str) -> str:
    """Tenth percentile and median of one measurement, in microseconds."""
    took = latency.get(name)
    return UNKNOWN if took is None else f"{took['p10_us']:.0f} / {took['median_us']:.0f}"


def change(found: Json) -> str:
    """-0.12 [-0.20, -0.04]."""
    return f"{found['points']:+.2f} [{found['low']:+.2f}, {found['high']:+.2f}]"


def accuracy(found: Json) -> str:
    """Mean and deviation over seeds, in percent."""
    spread = "" if found["sd"] is None else f" +- {100 * found['sd']:.2f}"
    return f"{100 * found['mean']:.2f}{spread} %"
