"""Binary G-code: equal to its text whatever the packing, and every lie is an error."""

from __future__ import annotations

import gzip
import io
import random
import re
import struct
import tracemalloc
import zlib

import pytest

from dataset_builder.errors import ReadError
from dataset_builder.kernel.library import library
from dataset_builder.readers.meatpack import CDecoder, PythonDecoder
from dataset_builder.readers.open_job import open_job

heatshrink2 = pytest.importorskip("heatshrink2")

TEXT = b"".join(
    b"; layer %d\nM204 S800\nG1 X%d.5 Y-%d.25 Z0.2 E.03\nM117 Hello World\n" % (n, n, n)
    for n in range(40)
)
HEADER = b"GCDE" + struct.pack("<IH", 1, 1)
_CODES = {character: code for code, character in enumerate(b"0123456789. \nGX")}


def meatpacked(text: bytes) -> bytes:
    """A straightforward encoder; an odd last character goes unpacked."""
    out = bytearray(b"\xff\xff\xfb")
    even = len(text) // 2 * 2
    for first, second in zip(text[:even:2], text[1:even:2], strict=True):
        low, high = _CODES.get(first, 15), _CODES.get(second, 15)
        out.append(high << 4 | low)
        out += bytes([first] if low == 15 else []) + bytes([second] if high == 15 else [])
    return bytes(out + b"\xff\xff\xfa" + text[even:])


def block(data: bytes, kind: int = 1, compression: int = 0, encoding: int = 0, size: int = -1):
    """One block with its checksum; *size* overrides the unpacked size."""
    packed = {
        0: lambda: data,
        1: lambda: zlib.compress(data),
        2: lambda: heatshrink2.compress(data, window_sz2=11, lookahead_sz2=4),
        3: lambda: heatshrink2.compress(data, window_sz2=12, lookahead_sz2=4),
    }[compression]()
    head = struct.pack("<HHI", kind, compression, len(data) if size < 0 else size)
    if compression:
        head += struct.pack("<I", len(packed))
    body = head + struct.pack("<H", encoding) + packed
    return body + struct.pack("<I", zlib.crc32(body))


def text_of(data: bytes) -> bytes:
    with open_job(io.BytesIO(data), name="cup.bgcode") as job:
        return b"".join(job.plates[0].chunks())


@pytest.mark.parametrize("encoding", [0, 1, 2])
@pytest.mark.parametrize("compression", [0, 1, 2, 3])
def test_every_packing_gives_the_text_back_also_when_cut_in_mid_line(compression, encoding):
    pieces = [TEXT[start : start + 333] for start in range(0, len(TEXT), 333)]
    packed = [meatpacked(piece) if encoding else piece for piece in pieces]
    blocks = [block(piece, compression=compression, encoding=encoding) for piece in packed]
    assert text_of(HEADER + b"".join(blocks)) == TEXT


def test_a_file_without_checksums_is_read():
    data = b"GCDE" + struct.pack("<IH", 1, 0) + block(TEXT)[:-4]
    assert text_of(data) == TEXT


def test_metadata_names_the_producer():
    data = HEADER + block(b"Producer=PrusaSlicer 2.8.1\n", kind=0) + block(TEXT)
    with open_job(io.BytesIO(data), name="cup.bgcode") as job:
        assert job.metadata["producer"] == "PrusaSlicer 2.8.1"


def flipped(data: bytes, place: int) -> bytes:
    return data[:place] + bytes([data[place] ^ 0x55]) + data[place + 1 :]


LIES = {
    "cut in the file header": HEADER[:8],
    "no block": HEADER,
    "metadata only": HEADER + block(b"a=1\n", kind=0),
    "unknown version": b"GCDE" + struct.pack("<IH", 2, 1) + block(TEXT),
    "unknown checksum type": b"GCDE" + struct.pack("<IH", 1, 7) + block(TEXT),
    "unknown block type": HEADER + block(TEXT, kind=9),
    "unknown encoding": HEADER + block(TEXT, encoding=3),
    "unknown compression": HEADER + struct.pack("<HHIIH", 1, 4, 9, 9, 0) + bytes(13),
    "wrong checksum": flipped(HEADER + block(TEXT), 100),
    "wrong checksum of metadata": flipped(HEADER + block(b"a=1\n", kind=0), 21) + block(TEXT),
    "cut in the last block": (HEADER + block(TEXT))[:-20],
    "cut between blocks": HEADER + block(TEXT) + block(TEXT)[:5],
    "4 GiB, plain": HEADER + struct.pack("<HHIH", 1, 0, 0xFFFFFFFF, 0) + TEXT,
    "4 GiB, deflate": HEADER + block(TEXT, compression=1, size=0xFFFFFFFF),
    "64 bytes, deflate": HEADER + block(TEXT, compression=1, size=64),
    "64 bytes, heatshrink": HEADER + block(TEXT, compression=3, size=64),
    "more than there is, deflate": HEADER + block(TEXT, compression=1, size=len(TEXT) + 1),
    "more than there is, heatshrink": HEADER + block(TEXT, compression=2, size=len(TEXT) + 1),
    "a bomb": HEADER + block(bytes(15 << 20), compression=1) * 9,
    "a bomb of metadata": HEADER + block(b"a=1\n" * (1 << 20), 0, 1) * 9 + block(TEXT),
    "unknown MeatPack command": HEADER + block(b"\xff\xff\x01" + TEXT, encoding=1),
    "cut MeatPack": HEADER + block(b"\xff\xff\xfb\xffA", encoding=1),
    "MeatPack without a switch": HEADER + block(meatpacked(TEXT)[3:], encoding=1),
    "a picture as G-code": HEADER + block(b"\x89PNG\r\n\x1a\n" + bytes(99)),
}


@pytest.mark.parametrize("data", LIES.values(), ids=LIES)
def test_every_lie_is_a_clear_error_in_bounded_memory(data):
    tracemalloc.start()
    with pytest.raises(ReadError) as caught:
        text_of(data)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert caught.value.outcome == "clear_error"
    assert str(caught.value).startswith("cup.bgcode: ")
    assert peak < 64 << 20


def test_random_damage_is_an_error_or_harmless_never_an_exception():
    rng = random.Random(1)
    whole = HEADER + block(TEXT, compression=3) + block(meatpacked(TEXT), encoding=2)
    for _ in range(400):
        data = bytearray(whole)
        for _ in range(rng.randint(1, 4)):
            data[rng.randrange(10, len(data))] = rng.randrange(256)
        data[8] = rng.randint(0, 1)  # half of them without checksums
        try:
            text_of(bytes(data[: rng.randint(20, len(data))]))
        except ReadError:
            continue


def test_a_raw_meatpack_stream_under_a_gcode_name_is_decoded():
    with open_job(io.BytesIO(meatpacked(TEXT)), name="cup.gcode") as job:
        assert b"".join(job.plates[0].chunks()) == TEXT


def test_both_meatpack_decoders_agree_on_hostile_bytes_however_they_are_cut():
    kernel = library()
    if kernel is None:
        pytest.skip("the kernel is not built")
    rng = random.Random(2)
    alphabet = [255, 255, 251, 250, 247, 0x0F, 0xF0, 65, 66, 0x12, 0x2F]

    def outcome(decoder: CDecoder | PythonDecoder, parts: list[bytes]) -> object:
        try:
            text = b"".join(map(decoder.decode, parts))
            decoder.finish()
        except ReadError as error:
            return type(error), str(error)
        return text

    for _ in range(3000):
        data = bytes(rng.choice(alphabet) for _ in range(rng.randint(0, 14)))
        data = rng.choice([b"", b"\xff\xff\xfb"]) + data
        cut = rng.randint(0, len(data))
        answers = {
            outcome(make(), parts)
            for make in (lambda: CDecoder(kernel), PythonDecoder)
            for parts in ([data], [data[:cut], data[cut:]])
        }
        assert len(answers) == 1, data


def words(text: bytes) -> list[bytes]:
    """Commands without comments, empty lines and spaces."""
    lines = (re.sub(rb"\s", b"", line.split(b";")[0]) for line in text.splitlines())
    return [line for line in lines if line]


def test_a_real_binary_job_holds_the_commands_of_its_text(shared_data):
    folder = shared_data / "gcode"
    with open_job(folder / "libbgcode__mini_cube_ps2_8_1.bgcode") as job:
        binary = b"".join(job.plates[0].chunks())
        assert job.metadata["producer"] == "PrusaSlicer 2.8.1"
    text = gzip.decompress((folder / "libbgcode__mini_cube_ps2_8_1.gcode.gz").read_bytes())
    assert words(binary) == words(text)
