"""What a network saw in training, as points on a sphere: what is an object most like, if anything?

A row is an example: its name, its label and its embedding of length 1. Similarity is the cosine of
two embeddings. An object far from every row is unlike anything the network learned from, however
sure its probabilities sound. Source: Sun et al., ICML 2022, arXiv 2204.06507.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

MAX_ROWS = 100_000
MAX_UNPACKED_BYTES = 256 << 20  # a packed file may unfold to much more than it weighs
MAX_NAME_LETTERS = 120
UNIT_LENGTH = 0.01  # half precision keeps a length to a thousandth


class Neighbour(NamedTuple):
    """A shape of the gallery beside an object. similarity: cosine, -1 to 1; 1 is the same."""

    name: str
    label: str
    similarity: float


class Familiarity(NamedTuple):
    """An object is measured by its mean distance to this many rows; the limit is still familiar."""

    neighbours: int
    limit: float


@dataclass(frozen=True, slots=True)
class Gallery:
    """Rows in order of name. embeddings: (G, E) float32 of length 1. labels: (G,) int64, indices
    into a bundle's labels. names: (G,); rows that share one show the same shape.
    """

    names: NDArray[np.str_]
    labels: NDArray[np.int64]
    embeddings: NDArray[np.float32]

    @classmethod
    def of(
        cls,
        names: Sequence[str] | NDArray[np.str_],
        labels: NDArray[np.int64],
        embeddings: NDArray[np.floating],
    ) -> Gallery:
        """From rows in any order. Raises ValueError unless they agree and are of length 1."""
        words = np.asarray(names, dtype=np.str_)
        if not len(words) == len(labels) == len(embeddings) or embeddings.ndim != 2:
            raise ValueError(
                f"{len(words)} names, {len(labels)} labels and embeddings of shape "
                f"{embeddings.shape} do not agree"
            )
        if not 0 < len(words) <= MAX_ROWS:
            raise ValueError(f"{len(words)} rows; from 1 to {MAX_ROWS} make sense")
        order = np.argsort(words, kind="stable")
        rows = np.ascontiguousarray(embeddings[order], np.float32)
        length = np.linalg.norm(rows, axis=1)
        if not np.all(np.abs(length - 1.0) < UNIT_LENGTH):  # so written that NaN fails
            raise ValueError("a row of embeddings is not of length 1")
        return cls(words[order], np.asarray(labels, np.int64)[order], rows)

    def similarity(self, embeddings: NDArray[np.float32]) -> NDArray[np.float32]:
        """(B, E) of length 1 -> (B, G) cosines."""
        return np.asarray(embeddings, np.float32) @ self.embeddings.T

    def distance(self, similarity: NDArray[np.float32], neighbours: int) -> NDArray[np.float32]:
        """(B, G) cosines -> (B,) mean of 1 - cosine over the nearest *neighbours* rows."""
        count = min(neighbours, similarity.shape[1])
        nearest = np.partition(similarity, -count, axis=1)[:, -count:]
        return np.asarray(1.0 - nearest.mean(axis=1))

    def nearest(
        self, similarity: NDArray[np.float32], label_names: Sequence[str], count: int
    ) -> list[tuple[Neighbour, ...]]:
        """(B, G) cosines -> for each object the *count* nearest shapes, each name once."""
        _, first = np.unique(self.names, return_index=True)
        best = np.maximum.reduceat(similarity, first, axis=1)  # (B, distinct names)
        order = np.argsort(-best, axis=1, kind="stable")[:, :count]
        return [
            tuple(
                Neighbour(
                    str(self.names[first[k]]),
                    label_names[self.labels[first[k]]],
                    float(np.clip(cosines[k], -1.0, 1.0)),
                )
                for k in chosen
            )
            for cosines, chosen in zip(best, order, strict=True)
        ]

    def packed(self) -> bytes:
        """The bytes of gallery.npz; the same rows give the same bytes."""
        file = io.BytesIO()
        np.savez_compressed(
            file,
            names=self.names,
            labels=self.labels,
            embeddings=self.embeddings.astype(np.float16),
        )
        return file.getvalue()

    @classmethod
    def unpacked(cls, data: bytes) -> Gallery:
        """Read gallery.npz. Raises ValueError on whatever is no gallery; never runs a pickle."""
        try:
            arrays = _arrays(data)
            names, labels, embeddings = (arrays[k] for k in ("names", "labels", "embeddings"))
        except (KeyError, EOFError, OSError, MemoryError, zipfile.BadZipFile, zlib.error) as error:
            raise ValueError(f"not a gallery ({type(error).__name__}: {error})") from error
        kinds = names.dtype.kind + labels.dtype.kind + embeddings.dtype.kind
        if kinds != "Uif" or names.ndim != 1 or labels.ndim != 1:
            raise ValueError("names, labels and embeddings are not text, whole numbers and numbers")
        if names.dtype.itemsize > MAX_NAME_LETTERS * np.dtype("U1").itemsize:
            raise ValueError(f"a name has more than {MAX_NAME_LETTERS} letters")
        return cls.of(names, labels, embeddings)


def _arrays(data: bytes) -> dict[str, NDArray[Any]]:
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        unpacked = sum(part.file_size for part in package.infolist())
    if unpacked > MAX_UNPACKED_BYTES:
        raise ValueError(f"unfolds to {unpacked} bytes, more than {MAX_UNPACKED_BYTES}")
    with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
        return {name: arrays[name] for name in arrays.files}
