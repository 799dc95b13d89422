"""What a parametric model is, and the rows a module lists its models in."""

from __future__ import annotations

from collections.abc import Callable

from dataset_builder.sources.primitives import Draw, Shells

Model = Callable[[Draw], Shells]
"""Draws one member of a family; the function's name is the family's."""
Rows = tuple[tuple[str, tuple[Model, ...]], ...]
"""(label, its models): a label may have rows in several modules."""
