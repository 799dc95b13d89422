"""A job is followed as far as it is printed, and each stroke is told once."""

import gzip
from pathlib import Path

import numpy as np
import pytest

from classifier.runtime.print_order import PrintOrder
from dataset_builder.errors import CannotAnalyse

SAMPLE = Path(__file__).resolve().parents[2] / "classifier/samples/1-mug.gcode.gz"
TEXT = b"G28\nM83\nG0 X0 Y0 Z0.2\nG1 X10 E1\nG1 Y10 E1\nG0 Z0.4\nG1 X0 E1"


def order_of(folder, data=TEXT, name="job.gcode"):
    path = folder / "copy"
    path.write_bytes(data)
    return PrintOrder(path, name)


def strokes(order, byte):
    return np.concatenate([np.empty((0, 2, 3), np.float32), *order.until_byte(byte)])


def test_pieces_laid_end_to_end_are_the_whole_job(tmp_path):
    data = gzip.decompress(SAMPLE.read_bytes())
    whole = strokes(order_of(tmp_path, data), len(data))
    order = order_of(tmp_path, data)
    pieces = [strokes(order, len(data) * share // 7) for share in range(8)]
    assert len(whole) > 10_000
    np.testing.assert_array_equal(np.concatenate(pieces), whole)


def test_a_line_counts_when_all_of_it_is_sent(tmp_path):
    order = order_of(tmp_path)
    end = TEXT.index(b"G1 Y10")
    assert len(strokes(order, end - 1)) == 0
    assert strokes(order, end)[:, 1].tolist() == [[10, 0, pytest.approx(0.2)]]
    assert len(strokes(order, end)) == 0  # told once
    assert len(strokes(order, 0)) == 0  # nothing is taken back


def test_the_last_line_needs_no_end(tmp_path):
    assert len(strokes(order_of(tmp_path), len(TEXT))) == 3


def test_a_job_that_is_no_plain_gcode_is_refused(tmp_path):
    corners = ("0 0 0", "9 0 0", "0 9 0", "0 0 9")
    faces = "".join(
        "facet normal 0 0 0\nouter loop\n"
        + "".join(f"vertex {corners[index]}\n" for index in face)
        + "endloop\nendfacet\n"
        for face in ((0, 2, 1), (0, 1, 3), (0, 3, 2), (1, 2, 3))
    )
    order = order_of(tmp_path, f"solid a\n{faces}endsolid a\n".encode(), "thing.stl")
    with pytest.raises(CannotAnalyse, match="not plain G-code"):
        strokes(order, 10)
