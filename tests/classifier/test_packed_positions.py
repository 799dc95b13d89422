"""Blocks in rows and circulant blocks in a packed file: read as the page says, or refused."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier.runtime.errors import BundleError
from classifier.runtime.packed.bits import to_bits
from classifier.runtime.packed.blocks import BLOCKS
from classifier.runtime.packed.circulant import CIRCULANT
from classifier.runtime.packed.codings import CODINGS
from classifier.runtime.packed.file import packed_bytes, read_packed
from classifier.runtime.packed.positions import Coded
from classifier.runtime.packed.records import Record
from classifier.runtime.packed.values import FLOAT32, Meaning

WRONG = r"^net\.pwq: holds what no version writes \((Value|Index)Error: [^\n]+ the file again\.$"
FLOATS = Meaning(FLOAT32, 32, True, np.zeros(0, np.float32))


def file_with(shape: tuple[int, ...], coding: str, coded: Coded) -> bytes:
    """A whole file of one tensor, with a checksum that fits."""
    codes = np.arange(len(coded.entries), dtype=np.uint32)
    return packed_bytes(b"no graph", [Record("w", shape, FLOATS, coding, coded, codes)])


def places(numbers: list[int], width: int) -> np.ndarray:
    return to_bits(np.array(numbers), width)


TWO_ROWS = (2, 7)
OF_FOUR = Coded(places([3, 0, 1, 2], 2), np.array([3, 4, 8, 13]), (4, 1))
REFUSED_BLOCKS = {
    "no size": OF_FOUR._replace(numbers=(0, 1)),
    "no sizes": OF_FOUR._replace(numbers=(4, 0)),
    "more sizes than a width has bits": OF_FOUR._replace(numbers=(4, 33)),
    "a size beyond any tensor": OF_FOUR._replace(numbers=(1 << 34, 1)),
    "numbers of another way": OF_FOUR._replace(numbers=(4,)),
    "another size than there are": Coded(places([1, 3], 2), np.arange(4), (4, 3)),
    "a place beyond a block of three": Coded(places([3] * 6, 2), np.arange(6), (3, 1)),
    "a place beyond a short block": OF_FOUR._replace(bits=places([3, 3, 1, 2], 2)),
    "fewer values than blocks": OF_FOUR._replace(entries=np.arange(3)),
    "more values than blocks": OF_FOUR._replace(entries=np.arange(5)),
}
NO_BITS = np.zeros(0, np.uint8)
REFUSED_CIRCULANT = {
    "no side": Coded(NO_BITS, np.arange(8), (0,)),
    "two sides": Coded(NO_BITS, np.arange(8), (2, 2)),
    "another count of values": Coded(NO_BITS, np.arange(7), (2,)),
}


def test_what_is_written_by_hand_is_read_by_the_page_about_the_format():
    read = read_packed(file_with(TWO_ROWS, BLOCKS, OF_FOUR), "net.pwq").tensors["w"]
    wanted = np.zeros(14, np.uint32)
    wanted[OF_FOUR.entries] = np.arange(4)
    np.testing.assert_array_equal(read.view(np.uint32).reshape(-1), wanted)
    cells = Coded(NO_BITS, np.arange(6), (3,))
    read = read_packed(file_with((3, 4), CIRCULANT, cells), "net.pwq").tensors["w"]
    # the second block has one column of four: its first cell, and two below that it begins with
    assert read.view(np.uint32).tolist() == [[0, 1, 2, 3], [2, 0, 1, 4], [1, 2, 0, 5]]


@pytest.mark.parametrize("coded", REFUSED_BLOCKS.values(), ids=REFUSED_BLOCKS)
def test_blocks_that_no_writer_writes_are_told_in_one_sentence(coded):
    with pytest.raises(BundleError, match=WRONG):
        read_packed(file_with(TWO_ROWS, BLOCKS, coded), "net.pwq")


@pytest.mark.parametrize("coded", REFUSED_CIRCULANT.values(), ids=REFUSED_CIRCULANT)
def test_circulant_blocks_that_no_writer_writes_are_told_in_one_sentence(coded):
    with pytest.raises(BundleError, match=WRONG):
        read_packed(file_with((4, 4), CIRCULANT, coded), "net.pwq")


def test_a_vector_has_no_circulant_blocks():
    with pytest.raises(BundleError, match=r"circulant blocks of 2 in a tensor of \(4,\)"):
        read_packed(file_with((4,), CIRCULANT, Coded(NO_BITS, np.arange(2), (2,))), "net.pwq")


def test_rows_without_blocks_cannot_be_written_as_such():
    with pytest.raises(ValueError, match="not every block of a row keeps one weight"):
        CODINGS[BLOCKS].write(np.array([[True, True, False, False, False]]), 0)


numbers = st.lists(st.one_of(st.integers(0, 40), st.integers(0, (1 << 35) - 1)), max_size=3)


@given(
    st.sampled_from([BLOCKS, CIRCULANT]),
    st.sampled_from([(), (4,), (0, 3), (3, 0), (2, 7), (4, 3, 2, 2)]),
    numbers,
    st.binary(max_size=24),
    st.integers(0, 20),
)
def test_whatever_follows_a_checksum_that_fits_is_read_or_refused(way, shape, given, data, count):
    bits = np.unpackbits(np.frombuffer(data, np.uint8))
    coded = Coded(bits, np.arange(count), tuple(given))
    try:
        read = read_packed(file_with(shape, way, coded), "net.pwq").tensors["w"]
    except BundleError as error:
        assert str(error).startswith("net.pwq: holds what no version writes")  # noqa: PT017
    else:
        assert read.shape == shape
