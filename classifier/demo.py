"""The sample jobs of `printwarden demo`: our own solids, sliced by a real slicer.

They are made by `make samples` (classifier/samples/make.py), so nothing but G-code is shipped.
"""

from __future__ import annotations

from pathlib import Path

SAMPLES = Path(__file__).resolve().parent / "samples"


def sample_jobs() -> list[Path]:
    """Every shipped job, everyday ones first."""
    return sorted(SAMPLES.glob("*.gcode.gz"))
