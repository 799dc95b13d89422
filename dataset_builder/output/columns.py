"""The columns of a dataset's tables: one row a picture, and one row a solid.

Parquet, because tar members (WebDataset) take at least 1,024 bytes each, a gigabyte for a million
pictures of 28 pixels, and because Hugging Face datasets, DuckDB, pandas and Polars read it as it
is. Texts are dictionary-encoded on disk, so repeating a name in every row costs next to nothing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa

from dataset_builder.sources.labels import LABEL_NAMES

SUBSETS = ("projections", "sequences")
"""A projection shows the finished object; a sequence's frames show it growing."""

PICTURE_COLUMNS: Mapping[str, tuple[str, str]] = {
    "image": (
        "image",
        "PNG, 8-bit grey, drawn as the manifest's kind says; white = longest side",
    ),
    "label": ("label", "what the outline looks like, as an index into the list of labels"),
    "weapon_shaped": ("bool", "whether a person should look at such an outline before it is made"),
    "job": ("string", "one solid in one pose by one route; its pictures share this name"),
    "model": ("string", "the object"),
    "family": ("string", "models of one design; splits never part them"),
    "source": ("string", "where the object comes from"),
    "route": ("string", "mesh, or the slicer and profile whose G-code was read back"),
    "plane": ("string", "xy from above, xz from the front, yz from the right"),
    "roll_deg": ("float32", "turn about x, first"),
    "pitch_deg": ("float32", "turn about y, second"),
    "yaw_deg": ("float32", "turn about z, last"),
    "layer": ("int32", "layers printed in this picture"),
    "layers": ("int32", "layers of the whole job"),
    "z_mm": ("float32", "height printed in this picture"),
    "mm_per_px": ("float32", "scale of the picture"),
    "extent_x_mm": ("float32", "size of the finished object along x"),
    "extent_y_mm": ("float32", "size of the finished object along y"),
    "extent_z_mm": ("float32", "size of the finished object along z"),
    "random_split": ("string", "train or test, picture by picture: the published, easy split"),
    "orientation_split": ("string", "train or test, by whole roll angles"),
    "route_split": ("string", "train or test: test is a slicer profile held out"),
    "model_fold": ("int8", "the fold that holds this family out"),
    "source_fold": ("int8", "the fold that holds this source out"),
}
"""Name -> (type, meaning), of both subsets."""

SOLID_COLUMNS: Mapping[str, tuple[str, str]] = {
    "solid": ("string", "model and route"),
    "label": ("label", "as for pictures"),
    "weapon_shaped": ("bool", "as for pictures"),
    "model": ("string", "the object"),
    "family": ("string", "as for pictures"),
    "source": ("string", "as for pictures"),
    "route": ("string", "as for pictures"),
    "grid": ("binary", "(Z, Y, X) uint8, share of each cell that is material, 255 = all of it"),
    "cells_x": ("int32", "cells along x"),
    "cells_y": ("int32", "cells along y"),
    "cells_z": ("int32", "cells along z"),
    "cell_mm": ("float64", "side of the cubic cells"),
}
"""Solids lie as they were made: a picture's pose turns them."""


def arrow_schema(columns: Mapping[str, tuple[str, str]]) -> pa.Schema:
    """The Arrow schema, with what `datasets` needs to show pictures and names of labels."""
    import pyarrow as pa

    types: dict[str, pa.DataType] = {
        "image": pa.struct([("bytes", pa.binary()), ("path", pa.string())]),
        "label": pa.int64(),
    }
    fields = [
        pa.field(name, types[kind] if kind in types else pa.type_for_alias(kind))
        for name, (kind, _) in columns.items()
    ]
    features = {name: _feature(kind, LABEL_NAMES) for name, (kind, _) in columns.items()}
    metadata = {"huggingface": json.dumps({"info": {"features": features}})}
    return pa.schema(fields, metadata=metadata)


def _feature(kind: str, labels: Sequence[str]) -> dict[str, Any]:
    if kind == "image":
        return {"_type": "Image"}
    if kind == "label":
        return {"names": list(labels), "_type": "ClassLabel"}
    return {"dtype": kind, "_type": "Value"}
