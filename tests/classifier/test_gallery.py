"""The gallery: nearest shapes and distance, against the plain way to compute both."""

import io
import zipfile

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier.runtime import gallery as module
from classifier.runtime.gallery import Gallery

LABELS = ("handgun-shaped", "container")


def unit(rng, count, width=8):
    rows = rng.normal(size=(count, width))
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def gallery_of(rng, rows=30, shapes=7):
    shape = rng.integers(0, shapes, rows)
    names = [f"shape_{number}" for number in shape]
    return Gallery.of(names, shape % 2, unit(rng, rows))


seeds = st.integers(0, 2**32 - 1).map(np.random.default_rng)


@given(seeds, st.integers(1, 40))
def test_distance_is_the_mean_over_the_nearest_rows(rng, neighbours):
    gallery, queries = gallery_of(rng), unit(rng, 4)
    cosines = gallery.similarity(queries)
    nearest = np.sort(queries @ gallery.embeddings.T, axis=1)[:, ::-1][:, :neighbours]
    expected = (1 - nearest).mean(axis=1)
    np.testing.assert_allclose(gallery.distance(cosines, neighbours), expected, atol=1e-6)


@given(seeds, st.integers(1, 9))
def test_the_nearest_shapes_are_those_with_the_best_rows_each_named_once(rng, count):
    gallery, queries = gallery_of(rng), unit(rng, 4)
    cosines = gallery.similarity(queries)
    for row, found in zip(cosines, gallery.nearest(cosines, LABELS, count), strict=True):
        best = {name: row[gallery.names == name].max() for name in set(gallery.names)}
        expected = sorted(best.values(), reverse=True)[:count]
        assert [near.similarity for near in found] == pytest.approx(expected, abs=1e-6)
        assert len({near.name for near in found}) == len(found)
        for near in found:
            assert near.label == LABELS[int(near.name.rpartition("_")[2]) % 2]


@given(seeds)
def test_a_row_of_the_gallery_is_at_home_there(rng):
    gallery = gallery_of(rng)
    cosines = gallery.similarity(gallery.embeddings)
    assert gallery.distance(cosines, 1) == pytest.approx(0, abs=1e-5)
    first = [found[0].name for found in gallery.nearest(cosines, LABELS, 1)]
    assert first == list(gallery.names)


@given(seeds)
def test_packing_keeps_every_row_to_half_precision_and_the_same_rows_give_the_same_bytes(rng):
    gallery = gallery_of(rng)
    data = gallery.packed()
    again = Gallery.unpacked(data)
    assert list(again.names) == list(gallery.names)
    np.testing.assert_array_equal(again.labels, gallery.labels)
    np.testing.assert_allclose(again.embeddings, gallery.embeddings, atol=1e-3)
    assert again.packed() == data


def packed(**changes):
    arrays = {
        "names": np.array(["a", "b"]),
        "labels": np.array([0, 1]),
        "embeddings": np.eye(2, 4, dtype=np.float16),
    }
    file = io.BytesIO()
    np.savez(file, **{k: v for k, v in (arrays | changes).items() if v is not None})
    return file.getvalue()


def test_what_packed_makes_here_is_a_gallery():
    assert len(Gallery.unpacked(packed()).names) == 2


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"no zip", "not a gallery"),
        (packed()[:-40], "not a gallery"),
        (packed(names=None), "not a gallery"),
        (packed(names=np.array(["a", None], dtype=object)), "pickle"),
        (packed(names=np.array([1, 2])), "not text, whole numbers and numbers"),
        (packed(labels=np.array([0.0, 1.0])), "not text, whole numbers and numbers"),
        (packed(labels=np.array([0])), "do not agree"),
        (packed(embeddings=np.eye(2, 4)[0]), "do not agree"),
        (packed(embeddings=2 * np.eye(2, 4)), "not of length 1"),
        (packed(embeddings=np.full((2, 4), np.nan)), "not of length 1"),
        (packed(names=np.array(["a" * 500, "b"])), "more than 120 letters"),
        (packed(names=np.array([], "U1"), labels=np.array([], int), embeddings=np.ones((0, 4))),
         "0 rows"),
    ],
)  # fmt: skip
def test_what_is_no_gallery_is_refused(data, message):
    with pytest.raises(ValueError, match=message):
        Gallery.unpacked(data)


def test_a_gallery_that_unfolds_to_more_than_it_may_is_refused_unread(monkeypatch):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("names.npy", b"\0" * 200_000)
    monkeypatch.setattr(module, "MAX_UNPACKED_BYTES", 100_000)
    with pytest.raises(ValueError, match="unfolds to 200000 bytes"):
        Gallery.unpacked(file.getvalue())
