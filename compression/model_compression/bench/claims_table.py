"""Every claim there is, by name."""

from __future__ import annotations

from collections.abc import Mapping

from model_compression.bench import (
    claims_of_admm,
    claims_of_gates,
    claims_of_scores,
    claims_of_widths,
)
from model_compression.bench.claims import Claim

CLAIMS: Mapping[str, Claim] = {
    row.name: row
    for rows in (claims_of_admm, claims_of_scores, claims_of_gates, claims_of_widths)
    for row in rows.ROWS
}
