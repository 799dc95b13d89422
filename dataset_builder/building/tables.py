"""Rows -> one Parquet shard, as bytes that the same rows always give."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dataset_builder.output.columns import arrow_schema
from dataset_builder.output.files import write_whole

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

PNG_LEVEL = 6
ZSTD_LEVEL = 3  # higher ones save 2 % of PNG bytes and take far longer


def write_shard(
    folder: Path,
    path: str,
    columns: Mapping[str, tuple[str, str]],
    rows: Sequence[Mapping[str, Any]],
) -> dict[str, Any]:
    """Write *rows* to *folder*/*path* and say what was written; keys of rows are *columns*."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = arrow_schema(columns)
    names = [name for name, (kind, _) in columns.items() if kind in ("string", "label")]
    sink = pa.BufferOutputStream()
    pq.write_table(
        pa.Table.from_pylist(list(rows), schema=schema),
        sink,
        compression="zstd",
        compression_level=ZSTD_LEVEL,
        use_dictionary=names,
        write_page_checksum=True,
    )
    content = sink.getvalue().to_pybytes()
    write_whole(folder / path, content)
    digest = hashlib.sha256(content).hexdigest()
    return {"path": path, "rows": len(rows), "bytes": len(content), "sha256": digest}


def png(picture: NDArray[np.uint8]) -> bytes:
    """(S, S) grey levels as the bytes of a PNG file."""
    import cv2

    encoded, content = cv2.imencode(".png", picture, [cv2.IMWRITE_PNG_COMPRESSION, PNG_LEVEL])
    if not encoded:
        raise ValueError(f"a picture of shape {picture.shape} is no PNG")
    return content.tobytes()
