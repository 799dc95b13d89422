"""Zip packages: which program is the job, and that no archive gives two readings."""

from __future__ import annotations

import hashlib
import io
import random
import struct
import time
import warnings
import zipfile

import pytest

from dataset_builder.errors import ReadError
from dataset_builder.readers.open_job import open_job

GCODE = b"G28\nG1 X1 Y1 Z0.2 E1\n"
RELATIONSHIPS = (
    b'<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/'
    b'relationships"><Relationship Id="r" Target="/3D/3dmodel.model" Type="http://schemas.'
    b'microsoft.com/3dmanufacturing/2013/01/3dmodel"/></Relationships>'
)
MODEL = (
    b'<model xmlns="http://schemas.microsoft.com/3dmanufacturing/core/2015/02"><resources>'
    b'<object id="1"><mesh><vertices><vertex x="0" y="0" z="0"/><vertex x="9" y="0" z="0"/>'
    b'<vertex x="0" y="9" z="0"/><vertex x="0" y="0" z="9"/></vertices><triangles>'
    b'<triangle v1="0" v2="2" v3="1"/><triangle v1="0" v2="1" v3="3"/>'
    b'<triangle v1="0" v2="3" v3="2"/><triangle v1="1" v2="2" v3="3"/></triangles></mesh>'
    b'</object></resources><build><item objectid="1"/></build></model>'
)
PACKAGE = {"_rels/.rels": RELATIONSHIPS, "3D/3dmodel.model": MODEL}
PLATE = "Metadata/plate_1.gcode"


def zipped(entries: dict[str, bytes] | list[tuple[str | zipfile.ZipInfo, bytes]]) -> bytes:
    pairs = entries.items() if isinstance(entries, dict) else entries
    out = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        warnings.simplefilter("ignore", UserWarning)  # doubled names are wanted
        for name, data in pairs:
            archive.writestr(name, data)
    return out.getvalue()


def read_all(data: bytes, name: str = "cup.3mf") -> tuple[str, list[str], set[str], list[bytes]]:
    """(format, plate names, flags, texts)"""
    with open_job(io.BytesIO(data), name=name) as job:
        if job.kind == "mesh":
            job.mesh()
        texts = [b"".join(plate.chunks()) for plate in job.plates]
        return job.format, [plate.name for plate in job.plates], job.flags, texts


def error_of(data: bytes, name: str = "cup.3mf") -> ReadError:
    with pytest.raises(ReadError) as caught:
        read_all(data, name)
    assert str(caught.value).startswith(name)
    return caught.value


def test_every_plate_is_a_program_in_the_order_of_its_number():
    plates = {f"Metadata/plate_{n}.gcode": b"; %d\n" % n + GCODE for n in (10, 2, 1)}
    job_format, names, flags, texts = read_all(zipped(PACKAGE | plates), "cup.gcode.3mf")
    assert (job_format, flags) == ("gcode.3mf", set())
    assert [name.rpartition("_")[2] for name in names] == ["1.gcode", "2.gcode", "10.gcode"]
    assert [text[:4].strip() for text in texts] == [b"; 1", b"; 2", b"; 10"]


@pytest.mark.parametrize("entry", [PLATE, "Metadata/any.GCODE", "x/y/z.nc"])
def test_gcode_in_a_plain_3mf_is_the_job_and_not_its_mesh(entry):
    _, names, flags, texts = read_all(zipped(PACKAGE | {entry: GCODE}))
    assert flags == {"embedded_gcode"}
    assert names == [f"cup.3mf/{entry}"]
    assert texts == [GCODE]


def test_a_ufp_holds_one_program_and_needs_it():
    assert read_all(zipped({"3D/model.gcode": GCODE}), "cup.UFP")[::3] == ("ufp", [GCODE])
    assert error_of(zipped({"readme.txt": b"x"}), "cup.ufp").outcome == "clear_error"


@pytest.mark.parametrize("name", [None, "job.zip"])
def test_a_package_is_known_by_its_content(name):
    with open_job(io.BytesIO(zipped({"3D/model.gcode": GCODE})), name=name) as job:
        assert job.format == "ufp"


def test_a_sliced_name_without_a_program_is_flagged():
    assert read_all(zipped(PACKAGE), "cup.gcode.3mf")[:3] == ("3mf", [], {"name_mismatch"})


@pytest.mark.parametrize(
    ("digest", "flags"),
    [
        (hashlib.md5(GCODE).hexdigest().upper().encode(), set()),
        (bytes(32), {"md5_mismatch"}),
        (b"\xff\xfe", {"md5_mismatch"}),
    ],
)
def test_a_plate_is_compared_with_its_checksum(digest, flags):
    data = zipped(PACKAGE | {PLATE: GCODE, f"{PLATE}.md5": digest})
    assert read_all(data, "cup.gcode.3mf")[2:] == (flags, [GCODE])


def edited(data: bytes, old: bytes, new: bytes, count: int = 1) -> bytes:
    assert data.count(old) >= count
    return data.replace(old, new, count)


def stored(name: str, data: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(name, data)
    return out.getvalue()


def encrypted(data: bytes) -> bytes:
    """The same archive with the encryption bit in every header."""
    raw = bytearray(data)
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        start = raw.find(mark)
        while start >= 0:
            raw[start + place] |= 1
            start = raw.find(mark, start + 4)
    return bytes(raw)


def link(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.create_system = 3
    info.external_attr = 0o120777 << 16
    return info


DAMAGED = {
    "no entries": zipped({}),
    "no package": zipped({"a.txt": b"a"}),
    "cut": zipped(PACKAGE | {PLATE: GCODE})[:-30],
    "cut early": zipped(PACKAGE | {PLATE: GCODE})[:40],
    "doubled names": zipped([(PLATE, GCODE), (PLATE, b"G28\n")]),
    "doubled but for case": zipped([(PLATE, GCODE), (PLATE.upper(), b"G28\n")]),
    "doubled but for a slash": zipped([(PLATE, GCODE), ("/" + PLATE, b"G28\n")]),
    "local name differs": edited(zipped({PLATE: GCODE}), b"plate_1", b"plate_2"),
    "local name of an unread entry": edited(zipped(PACKAGE | {PLATE: GCODE}), b"3D/", b"4D/"),
    "8,000 programs": zipped({f"plate_{n}.gcode": GCODE for n in range(8000)}),
    "many small bombs": zipped({f"{n}.gcode": b"G28\n" * 250_000 for n in range(40)}),
    "wrong CRC": edited(stored(PLATE, GCODE), b"X1", b"X2"),
    "encrypted": encrypted(zipped({PLATE: GCODE})),
    "a packed job inside": zipped(PACKAGE | {"Metadata/plate_1.bgcode": b"GCDE"}),
    "a gzip inside": zipped(PACKAGE | {"Metadata/plate_1.gcode.gz": b"\x1f\x8b"}),
    "a picture as program": zipped(PACKAGE | {PLATE: b"\x89PNG\r\n\x1a\n"}),
    "an empty program": zipped(PACKAGE | {PLATE: b""}),
    "a bomb as program": zipped(PACKAGE | {PLATE: GCODE + bytes(40 << 20)}),
    "a bomb as model": zipped(PACKAGE | {"3D/3dmodel.model": MODEL + b" " * (40 << 20)}),
    "12,000 entries": zipped({f"{n}": b"" for n in range(12_000)}),
}  # fmt: skip


@pytest.mark.parametrize("data", DAMAGED.values(), ids=DAMAGED)
def test_damage_and_doubt_are_clear_errors_in_time(data):
    started = time.monotonic()
    assert error_of(data).outcome == "clear_error"
    assert time.monotonic() - started < 5


HARMLESS = {
    "a bomb beside the model": PACKAGE | {"Metadata/thumbnail.png": bytes(40 << 20)},
    "an archive beside the model": PACKAGE | {"Metadata/more.zip": zipped(PACKAGE)},
}


@pytest.mark.parametrize("entries", HARMLESS.values(), ids=HARMLESS)
def test_what_is_not_read_does_no_harm(entries):
    assert read_all(zipped(entries))[0] == "3mf"


@pytest.mark.parametrize(
    "name",
    ["../../etc/cron.d/a", "/etc/passwd", "C:/a", "a\\..\\b", link("Metadata/link")],
    ids=str,
)
def test_odd_paths_are_flagged_and_nothing_is_written(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    data = zipped([*PACKAGE.items(), (name, b"x")])
    assert "odd_paths" in read_all(data)[2]
    assert list(tmp_path.iterdir()) == []


def test_a_directory_that_claims_gigabytes_is_refused():
    data = bytearray(zipped(PACKAGE))
    end = data.rfind(b"PK\x05\x06")
    struct.pack_into("<I", data, end + 12, 0xFFFFFF00)
    assert error_of(bytes(data)).outcome in ("clear_error", "cannot_analyse")


def test_random_damage_is_an_error_or_harmless_never_an_exception():
    rng = random.Random(4)
    whole = zipped(PACKAGE | {PLATE: GCODE * 20})
    model = zipped(PACKAGE)
    for _ in range(600):
        data = bytearray(rng.choice([whole, model]))
        for _ in range(rng.randint(1, 3)):
            data[rng.randrange(len(data))] = rng.choice([0, 0xFF, rng.randrange(256)])
        try:
            read_all(bytes(data))
        except ReadError:
            continue
