"""Jobs by name and content: what opens, what is refused, and in which words."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import os
import random
import time
from pathlib import Path

import numpy as np
import pytest

from dataset_builder.errors import ReadError
from dataset_builder.readers.limits import Limits
from dataset_builder.readers.open_job import open_job

CUBE = b"; a job\nG28\nG1 X10 Y10 Z0.2 F3000\nG1 X20 E1\nG1 Y20 E2\n"
ASCII_STL = (
    b"solid a\nfacet normal 0 0 1\nouter loop\nvertex 0 0 0\nvertex 1 0 0\nvertex 0 1 0\n"
    b"endloop\nendfacet\nendsolid a\n"
)
BINARY_STL = bytes(80) + (1).to_bytes(4, "little") + bytes(50)
PNG = b"\x89PNG\r\n\x1a\n" + bytes(64)
GARBAGE = random.Random(7).randbytes(5000)


def text_of(data: bytes, name: str | None = "job.gcode") -> bytes:
    with open_job(io.BytesIO(data), name=name) as job:
        return b"".join(b"".join(plate.chunks()) for plate in job.plates)


def error_of(data: bytes, name: str | None = "job.gcode") -> ReadError:
    with pytest.raises(ReadError) as caught:
        text_of(data, name)
    return caught.value


@pytest.mark.parametrize("suffix", ["gcode", "gco", "g", "gc", "nc", "ngc", "GCODE"])
def test_every_gcode_suffix_is_read_plain_and_gzipped(suffix):
    assert text_of(CUBE, f"cup.{suffix}") == CUBE
    assert text_of(gzip.compress(CUBE), f"cup.{suffix}.GZ") == CUBE


@pytest.mark.parametrize("name", [None, "cup", "cup.txt", "cup.cnc"])
def test_text_that_is_gcode_is_read_under_an_unknown_name(name):
    assert text_of(CUBE, name) == CUBE


READ_UNCHANGED = {
    "NUL bytes after the end": CUBE + bytes(4096),
    "a NUL in a comment": b"; a\0b\n" + CUBE,
    "Latin-1 in comments": b"; f\xfcr die T\xfcr\n" * 50 + CUBE,
    "UTF-8 in comments": "; 打印机 打印机 打印机\n".encode() * 50 + CUBE,
    "comments only": b"; nothing\n; at all\n",
    "CR line ends": CUBE.replace(b"\n", b"\r"),
    "a macro first": b"START_PRINT BED=60\n" + CUBE,
    "one byte": b"G",
}


@pytest.mark.parametrize("data", READ_UNCHANGED.values(), ids=READ_UNCHANGED)
def test_odd_but_readable_text_reaches_the_interpreter_unchanged(data):
    assert text_of(data) == data


def test_a_byte_order_mark_is_taken_off():
    assert text_of(b"\xef\xbb\xbf" + CUBE) == CUBE
    assert text_of(b"\xef\xbb\xbf" + CUBE, None) == CUBE


REFUSED_UNDER_GCODE = {
    "empty": (b"", "clear_error"),
    "PNG": (PNG, "clear_error"),
    "HTML": (b"<!DOCTYPE html><html><body>404</body></html>", "clear_error"),
    "HTML after a comment": (b"<!-- x --><html></html>", "clear_error"),
    "gzip": (gzip.compress(CUBE), "clear_error"),
    "zip": (b"PK\x03\x04" + bytes(60), "clear_error"),
    "ASCII STL": (ASCII_STL, "clear_error"),
    "binary STL": (BINARY_STL, "clear_error"),
    "OBJ": (b"v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n", "clear_error"),
    "random bytes": (GARBAGE, "clear_error"),
    "NUL bytes": (bytes(5000), "clear_error"),
    "UTF-16 with a mark": (CUBE.decode().encode("utf-16"), "cannot_analyse"),
    "UTF-16 without a mark": (CUBE.decode().encode("utf-16-be"), "cannot_analyse"),
    "a program": (b"\x7fELF" + GARBAGE, "clear_error"),
}


@pytest.mark.parametrize(("data", "outcome"), REFUSED_UNDER_GCODE.values(), ids=REFUSED_UNDER_GCODE)
def test_what_is_no_gcode_is_never_read_under_its_name(data, outcome):
    error = error_of(data, "cup.gcode")
    assert error.outcome == outcome
    assert str(error).startswith("cup.gcode: ")
    assert "\n" not in str(error)


REFUSED = {
    "x3g": (GARBAGE, "cup.x3g", "cannot_analyse"),
    "STEP": (b"ISO-10303-21;", "cup.step", "cannot_analyse"),
    "STEP without a name": (b"ISO-10303-21;", None, "cannot_analyse"),
    "garbage without a name": (GARBAGE, None, "clear_error"),
    "prose without a name": (b"Dear printer, please make a cup.\n", None, "clear_error"),
    "G-code as 3MF": (CUBE, "cup.3mf", "clear_error"),
    "PNG as STL": (PNG, "cup.stl", "clear_error"),
    "zip as STL": (b"PK\x03\x04" + bytes(99), "cup.stl", "clear_error"),
    "garbage as bgcode": (GARBAGE, "cup.bgcode", "clear_error"),
    "PNG in gzip": (gzip.compress(PNG), "cup.gcode.gz", "clear_error"),
    "gzip in gzip": (gzip.compress(gzip.compress(CUBE)), "cup.gcode.gz", "clear_error"),
    "nothing in gzip": (gzip.compress(b""), "cup.gcode.gz", "clear_error"),
    "cut gzip": (gzip.compress(CUBE)[:-9], "cup.gcode.gz", "clear_error"),
    "gzip of a wrong checksum": (gzip.compress(CUBE)[:-8] + b"12345678", "a.gz", "clear_error"),
    "junk after gzip": (gzip.compress(CUBE) + b"junk", "cup.gcode.gz", "clear_error"),
}


@pytest.mark.parametrize(("data", "name", "outcome"), REFUSED.values(), ids=REFUSED)
def test_other_conflicts_and_damage_are_named(data, name, outcome):
    assert error_of(data, name).outcome == outcome


def test_a_gzip_of_several_members_is_one_text():
    members = gzip.compress(CUBE) + bytes(12) + gzip.compress(CUBE)
    assert text_of(members, "cup.gcode.gz") == CUBE + CUBE


def test_a_gzip_bomb_is_stopped_early_and_quickly():
    bomb = gzip.compress(b"G1 X1\n" * 30_000_000, compresslevel=6)
    started = time.monotonic()
    error = error_of(bomb, "cup.gcode.gz")
    assert (error.outcome, error.flag) == ("clear_error", "limit")
    assert time.monotonic() - started < 5


def test_fifty_thousand_gzip_members_take_no_quadratic_time():
    started = time.monotonic()
    assert len(text_of(gzip.compress(b"G1 X1\n") * 40_000, "cup.gcode.gz")) == 240_000
    assert time.monotonic() - started < 5


def test_a_limit_that_is_reached_is_never_clean():
    with pytest.raises(ReadError) as caught:
        open_job(io.BytesIO(CUBE), name="a.gcode", limits=Limits(max_bytes=10))
    assert (caught.value.outcome, caught.value.flag) == ("cannot_analyse", "limit")


def test_chunks_start_anew_at_every_call_and_stay_small():
    data = CUBE * 60_000
    with open_job(io.BytesIO(data), name="a.gcode") as job:
        (plate,) = job.plates
        for _ in range(2):
            chunks = list(plate.chunks())
            assert b"".join(chunks) == data
            assert max(map(len, chunks)) <= 1 << 20


def test_the_hash_is_of_the_bytes_as_given_also_when_made_meanwhile():
    data = gzip.compress(CUBE * 1000)
    with open_job(io.BytesIO(data), name="a.gcode.gz") as job:
        job.hash_in_background()
        assert b"".join(job.plates[0].chunks()) == CUBE * 1000
        assert job.sha256 == hashlib.sha256(data).hexdigest()


def test_closing_while_hashing_ends_the_thread(tmp_path):
    path = tmp_path / "a.gcode"
    path.write_bytes(CUBE * 1_000_000)
    job = open_job(path)
    digest = job.hash_in_background()
    job.close()
    assert digest.done()


def test_one_open_file_serves_hash_and_content(tmp_path):
    path = tmp_path / "a.gcode"
    path.write_bytes(CUBE)
    with open_job(path) as job:
        path.unlink()
        path.write_bytes(b"M112\n")
        assert b"".join(job.plates[0].chunks()) == CUBE
        assert job.sha256 == hashlib.sha256(CUBE).hexdigest()


def test_a_pipe_is_read_by_its_content():
    reading, writing = os.pipe()
    os.write(writing, gzip.compress(CUBE))
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe, open_job(pipe) as job:
        assert job.format == "gcode.gz"
        assert b"".join(job.plates[0].chunks()) == CUBE


def test_a_folder_a_device_and_a_missing_file_are_errors_not_hangs(tmp_path):
    os.mkfifo(tmp_path / "pipe.gcode")
    for path in (tmp_path, tmp_path / "pipe.gcode", tmp_path / "none.gcode"):
        with pytest.raises(ReadError):
            open_job(path)


def test_binary_gcode_and_text_are_read_under_each_others_name_with_a_flag():
    with open_job(io.BytesIO(CUBE), name="cup.bgcode") as job:
        assert (job.format, job.flags) == ("gcode", {"name_mismatch"})


def test_hostile_small_inputs_answer_with_an_outcome_and_in_time():
    rng = random.Random(3)
    suffixes = ["gcode", "gz", "bgcode", "3mf", "ufp", "stl", "obj", "ply", "off", "glb", "amf"]
    heads = [
        b"",
        b"PK\x03\x04",
        b"GCDE\1\0\0\0\1\0",
        b"solid ",
        b"ply\n",
        b"OFF\n",
        b"glTF\2\0\0\0",
    ]
    for _ in range(300):
        data = rng.choice(heads) + rng.randbytes(rng.randint(0, 400))
        started = time.monotonic()
        try:
            with open_job(io.BytesIO(data), name=f"a.{rng.choice(suffixes)}") as job:
                if job.kind == "mesh":
                    assert np.isfinite(job.mesh().triangles).all()
                else:
                    for plate in job.plates:
                        list(plate.chunks())
        except ReadError as error:
            assert error.outcome in ("clear_error", "cannot_analyse")  # noqa: PT017
        assert time.monotonic() - started < 5


def real_jobs(folder: Path) -> list[dict[str, str]]:
    with (folder / "manifest.csv").open() as lines:
        return list(csv.DictReader(lines))


def test_every_real_job_opens_as_what_it_is(shared_data):
    folder = shared_data / "gcode"
    for row in real_jobs(folder):
        if row["file"].endswith(".x3g"):
            with pytest.raises(ReadError, match="MakerBot"):
                open_job(folder / row["file"])
            continue
        with open_job(folder / row["file"]) as job:
            assert job.sha256 == row["sha256"]
            assert job.kind == ("mesh" if row["file"].endswith("plantstake.3mf") else "toolpath")
            read = sum(len(chunk) for plate in job.plates for chunk in plate.chunks())
            if row["file"].endswith((".gcode", ".gcode.gz", ".g.gz")):
                assert read == int(row["bytes_unpacked"])


def test_every_real_mesh_has_the_size_and_the_tightness_of_the_manifest(shared_data):
    for folder in (shared_data / "meshes" / "benign", shared_data / "meshes" / "weapon_props"):
        for row in real_jobs(folder)[::4]:
            with open_job(folder / row["file"]) as job:
                mesh = job.mesh()
            extent = [float(row[f"extent_{axis}_mm"]) for axis in "xyz"]
            np.testing.assert_allclose(mesh.bbox_mm[1] - mesh.bbox_mm[0], extent, atol=0.02)
            assert mesh.watertight == (row["watertight"] == "yes")


def test_a_real_sliced_package_with_a_stale_checksum_is_read_and_flagged(shared_data):
    with open_job(shared_data / "gcode" / "gcodeunextruder__test.gcode.3mf") as job:
        assert job.format == "gcode.3mf"
        assert len(b"".join(job.plates[0].chunks())) == 62219
        assert "md5_mismatch" in job.flags
        assert job.plates[0].name.endswith("Metadata/plate_1.gcode")


def test_a_wrong_length_at_the_end_of_a_gzip_is_damage():
    raw = gzip.compress(CUBE)[:-4] + (1 << 31).to_bytes(4, "little")
    assert error_of(raw, "a.gcode.gz").outcome == "clear_error"
