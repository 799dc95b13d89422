"""STL: the size decides, the rest is flags or named errors."""

from __future__ import annotations

import io
import random
import struct
import time

import numpy as np
import pytest
from numpy.typing import NDArray

from dataset_builder.errors import ReadError
from dataset_builder.geometry.mesh import Mesh
from dataset_builder.readers.open_job import open_job
from dataset_builder.readers.stl import FACET

# a box of 10 x 20 x 30 mm: corners by the bits of their index, twelve facets facing outwards
CORNERS = np.array([[x, y, z] for z in (0, 30) for y in (0, 20) for x in (0, 10)], float)
FACES = [(0, 2, 1), (1, 2, 3), (4, 5, 6), (5, 7, 6), (0, 1, 4), (1, 5, 4),
         (2, 6, 3), (3, 6, 7), (0, 4, 2), (2, 4, 6), (1, 3, 5), (3, 7, 5)]  # fmt: skip
BOX = CORNERS[np.array(FACES)]


def binary(
    triangles: np.ndarray, *, count: int | None = None, header: bytes = b"", tail: bytes = b""
) -> bytes:
    records = np.zeros(len(triangles), FACET)
    records["corners"] = triangles
    stated = len(triangles) if count is None else count
    return header.ljust(80, b"\0") + struct.pack("<I", stated) + records.tobytes() + tail


def ascii_facets(triangles: np.ndarray, normal: str = "0 0 1", number: str = "{:e}") -> str:
    def facet(corners: np.ndarray) -> str:
        vertices = "".join(
            "   vertex " + " ".join(number.format(value) for value in corner) + "\n"
            for corner in corners
        )
        return f" facet normal {normal}\n  outer loop\n{vertices}  endloop\n endfacet\n"

    return "".join(map(facet, triangles))


def ascii_stl(triangles: np.ndarray, name: str = "box", **style: str) -> str:
    return f"solid {name}\n{ascii_facets(triangles, **style)}endsolid {name}\n"


def read(data: bytes | str, name: str | None = "box.stl") -> tuple[Mesh, set[str]]:
    raw = data.encode() if isinstance(data, str) else data
    with open_job(io.BytesIO(raw), name=name) as job:
        return job.mesh(), job.flags


def error_of(data: bytes | str) -> ReadError:
    with pytest.raises(ReadError) as caught:
        read(data)
    assert str(caught.value).startswith("box.stl")
    return caught.value


TEXT = ascii_stl(BOX)
SAME_MESH = {
    "binary": binary(BOX),
    "binary that begins with solid": binary(BOX, header=b"solid facet normal"),
    "ASCII": TEXT,
    "CRLF": TEXT.replace("\n", "\r\n"),
    "CR": TEXT.replace("\n", "\r"),
    "one line": TEXT.replace("\n", " "),
    "tabs": TEXT.replace(" ", "\t"),
    "upper case": TEXT.upper(),
    "plain numbers": ascii_stl(BOX, number="{:.3f}"),
    "plus signs": ascii_stl(BOX, number="{:+.3f}"),
    "no name": ascii_stl(BOX, name=""),
    "a name of keywords": ascii_stl(BOX, name="vertex 1 2 3 facet solid"),
    "NaN normals": ascii_stl(BOX, normal="nan nan nan"),
    "zero normals": ascii_stl(BOX, normal="0 0 0"),
    "wrong normals": ascii_stl(BOX, normal="1 0 0"),
    "two solids": ascii_stl(BOX[:6], name="a") + ascii_stl(BOX[6:], name="b"),
    "a byte-order mark": "\ufeff" + TEXT,
    "white space first": "\n\n  " + TEXT,
}


@pytest.mark.parametrize("data", SAME_MESH.values(), ids=SAME_MESH)
def test_every_way_to_write_it_is_the_same_mesh(data):
    mesh, flags = read(data)
    np.testing.assert_allclose(mesh.triangles, BOX)
    assert mesh.watertight
    assert mesh.volume_mm3 == pytest.approx(6000)
    assert mesh.unit.startswith("mm (assumed")
    assert flags == set()


@pytest.mark.parametrize("data", [binary(BOX), TEXT], ids=["binary", "ASCII"])
def test_an_stl_is_known_by_its_content(data):
    assert len(read(data, name=None)[0].triangles) == 12


def test_attributes_and_winding_do_not_matter():
    data = bytearray(binary(BOX[:, ::-1]))
    data[84 + 48 : 84 + 50] = b"\xff\xff"
    mesh, _ = read(bytes(data))
    assert mesh.volume_mm3 == pytest.approx(6000)


FLAGGED = {
    "trailing bytes": (binary(BOX, tail=b"\0" * 37), {"trailing_bytes"}, 12),
    "a trailer longer than a facet": (binary(BOX, tail=b"\xff" * 70), {"facet_count"}, 12),
    "count of zero": (binary(BOX, count=0), {"facet_count"}, 12),
    "count too small": (binary(BOX, count=5), {"facet_count"}, 12),
    "open": (binary(BOX[:-1]), {"not_watertight"}, 11),
    "a doubled facet": (binary(BOX[[*range(12), 0]]), {"not_watertight"}, 13),
    "overlapping": (binary(np.concatenate([BOX, BOX + 5])), set(), 24),
    "no end": (TEXT[: TEXT.index("endsolid")], {"truncated"}, 12),
}


@pytest.mark.parametrize(("data", "flags", "facets"), FLAGGED.values(), ids=FLAGGED)
def test_what_slicers_repair_is_read_and_flagged(data, flags, facets):
    mesh, seen = read(data)
    assert (seen, len(mesh.triangles)) == (flags, facets)


def test_degenerate_facets_do_not_make_a_solid_leak():
    line = np.array([[[0, 0, 0], [0, 0, 0], [10, 0, 0]]], float)
    assert read(binary(np.concatenate([BOX, line])))[0].watertight


@pytest.mark.parametrize("scale", [0.001, 0.03])
def test_an_object_below_a_millimetre_is_taken_for_metres_and_flagged(scale):
    mesh, flags = read(binary(BOX * scale))
    assert flags == {"unit_guessed"}
    assert mesh.unit.startswith("m (guessed")
    np.testing.assert_allclose(mesh.bbox_mm[1], np.array([10, 20, 30]) * scale * 1000, rtol=1e-6)


def with_corner(value: float) -> NDArray[np.float64]:
    spoilt: NDArray[np.float64] = BOX.copy()
    spoilt[3, 1, 2] = value
    return spoilt


def tilted_plane() -> NDArray[np.float64]:
    flat: NDArray[np.float64] = np.random.default_rng(1).uniform(0, 50, (40, 3, 3))
    flat[..., 2] = 0.3 * flat[..., 0] - 0.7 * flat[..., 1]
    return flat


ERRORS = {
    "empty": b"",
    "a header only": bytes(84),
    "less than a header": b"\0" * 50,
    "no facet, ASCII": "solid a\nendsolid a\n",
    "NaN": binary(with_corner(np.nan)),
    "inf": binary(with_corner(np.inf)),
    "1e37": binary(with_corner(1e37)),
    "NaN, ASCII": ascii_stl(with_corner(np.nan)),
    "1e400, ASCII": TEXT.replace("3.000000e+01", "1e400", 1),
    "denormals": binary(BOX * 1e-40),
    "a point": binary(BOX * 0),
    "a plane": binary(BOX * [1, 1, 0]),
    "a tilted plane": binary(tilted_plane()),
    "one facet": binary(BOX[:1]),
    "one facet, ASCII": ascii_stl(BOX[:1]),
    "2^31 facets": binary(BOX, count=1 << 31),
    "2^32 - 1 facets": binary(BOX, count=(1 << 32) - 1),
    "count too big": binary(BOX, count=13),
    "cut": binary(BOX)[:-120],
    "cut ASCII": TEXT[: len(TEXT) // 2 - 25],
    "two vertices": TEXT.replace("   vertex 0.000000e+00 0.000000e+00 0.000000e+00\n", "", 1),
    "two numbers": TEXT.replace("0.000000e+00", "", 1),
    "a word": TEXT.replace("0.000000e+00", "zero", 1),
    "a long number": TEXT.replace("0.000000e+00", "1" * 500_000, 1),
    "random bytes": random.Random(1).randbytes(2000),
    "HTML": "<html><body>404</body></html>",
    "a signalling NaN": binary(BOX)[:96] + b"\x01\x00\xa0\x7f" + binary(BOX)[100:],
    "byte-reversed": binary(BOX)[:84] + binary(BOX)[84:][::-1],
}


@pytest.mark.parametrize("data", ERRORS.values(), ids=ERRORS)
def test_what_is_no_solid_is_a_clear_error_in_time(data):
    started = time.monotonic()
    assert error_of(data).outcome == "clear_error"
    assert time.monotonic() - started < 5


def test_a_bad_number_is_named_with_its_line():
    assert error_of(TEXT.replace("2.000000e+01", "2..0", 1)).line is not None


def test_ascii_numbers_keep_their_precision_across_blocks():
    many = np.random.default_rng(2).uniform(-50, 50, (15_000, 3, 3))
    mesh, _ = read(ascii_stl(many, number="{:.17g}"))  # several blocks of text
    np.testing.assert_array_equal(mesh.triangles, many)
