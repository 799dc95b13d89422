"""How small a network shall become, as it is written on a command line.

348x      one of 348 weights stays        1237      so many weights stay
5%        that share of weights           macs:25%  that share of multiplications
3bit      so many bits a weight           3bit:348x both; 3bit:macs:25% too
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from model_compression.errors import CompressionError

_AMOUNT = re.compile(r"(?P<rate>\d+(\.\d+)?)x|(?P<percent>\d+(\.\d+)?)%|(?P<count>\d+)")
_BITS = re.compile(r"(\d+)bit")
ADVICE = "Write it as 348x, 5%, 1237, macs:25%, 3bit, 3bit:348x or 3bit:macs:25%."


@dataclass(frozen=True, slots=True)
class Target:
    """share: of weights or multiplications that stay, or *count* of weights; bits: of a weight.

    What is None is not asked for.
    """

    share: float | None = None
    count: int | None = None
    of_macs: bool = False
    bits: int | None = None

    def weights(self, dense: int) -> int:
        """How many of *dense* weights stay. Raises CompressionError when it does not say so."""
        if self.of_macs or (self.share is None and self.count is None):
            raise CompressionError("this recipe needs to know how many weights stay: --target 20x")
        # rounded down, so that a rate is reached; a share such as 1/20 is not exact
        kept = self.count if self.count is not None else int(dense * (self.share or 0.0) + 1e-6)
        if not 1 <= kept <= dense:
            raise CompressionError(f"{kept} weights cannot stay of {dense}; ask for 1 to {dense}")
        return kept


FAIR = Target(share=1 / 50)
"""What baselines are asked for when nothing is said."""


def read_target(text: str) -> Target:
    """The target that *text* names. Raises CompressionError with how to write one."""
    words = text.split(":")
    bits = _BITS.fullmatch(words[0])
    rest = words[1:] if bits else words
    of_macs = rest[:1] == ["macs"]
    rest = rest[1:] if of_macs else rest
    amount = _AMOUNT.fullmatch(rest[0]) if len(rest) == 1 else None
    if (rest and not amount) or (of_macs and not (amount and not amount["count"])):
        raise CompressionError(f"--target {text}: cannot be read. {ADVICE}")
    share, count = _amount(amount)
    if share is not None and not 0.0 < share <= 1.0:
        raise CompressionError(f"--target {text}: must keep something, and not more than all.")
    return Target(share, count, of_macs, int(bits[1]) if bits else None)


def _amount(found: re.Match[str] | None) -> tuple[float | None, int | None]:
    """Share and count."""
    if found is None:
        return None, None
    if found["count"]:
        return None, int(found["count"])
    if found["percent"]:
        return float(found["percent"]) / 100.0, None
    rate = float(found["rate"])
    return (1.0 / rate if rate else 0.0), None
