"""External slicers: named profiles, a cache that can be trusted, and the part read back."""

import gzip
import multiprocessing
import subprocess

import numpy as np
import pytest

from dataset_builder.benchmarks.agreement import agreement
from dataset_builder.errors import EmptyToolpath
from dataset_builder.geometry.mesh import Mesh
from dataset_builder.readers.open_job import open_job
from dataset_builder.reading import read_job
from dataset_builder.slicers import base, cura, profiles
from dataset_builder.slicers.base import SlicerFailed
from dataset_builder.slicers.profiles import (
    PROFILES,
    SLICERS,
    read_back,
    settings_digest,
    sliced,
    slicer_version,
)
from dataset_builder.sources.primitives import block

needs_cura = pytest.mark.skipif(
    cura.cura_version() is None, reason="CuraEngine is missing (apt install cura-engine cura)"
)
CENTRES = {"cura": cura.BED_CENTRE, "prusa": (1000.0, 1000.0)}
CURA_PROFILES = [name for name in PROFILES if name.startswith("cura:")]
TEE = Mesh(
    np.concatenate([block((-5, -5, 0), (5, 5, 20)), block((-14, -5, 14), (14, 5, 20))]),
    watertight=True,
)
"""A post with a beam on top: 300 mm3 overhang, so a slicer may put supports below."""


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return tmp_path_factory.mktemp("cache")


def needs(name):
    if slicer_version(name) is None:
        pytest.skip(f"{name}: {SLICERS[PROFILES[name].slicer].package} is not installed")


def helpers_of(gcode):
    with open_job(gcode) as job:
        return read_job(job).plates[0].solid(128).helpers


@pytest.mark.parametrize("name", PROFILES)
def test_by_every_profile_the_part_comes_back_without_its_helpers(cache, name):
    needs(name)
    gcode = sliced(TEE, PROFILES[name], cache)
    assert agreement(TEE, gcode, CENTRES[PROFILES[name].slicer]) >= 0.95
    assert (helpers_of(gcode) is not None) == (name != "cura:draft")


@pytest.mark.parametrize("name", ["cura:draft", "prusa:draft"])
def test_a_part_of_nearly_a_metre_is_sliced_as_it_is(cache, name):
    needs(name)
    bar = Mesh(block((0, 0, 0), (900, 20, 0.9)), watertight=True)
    layers = read_back(sliced(bar, PROFILES[name], cache), cells=512)
    filled = np.unpackbits(layers.bits, axis=2, count=layers.width_px).any(axis=(0, 1))
    assert filled.sum() * layers.mm_per_px == pytest.approx(900, abs=6)


@needs_cura
def test_supports_and_brim_are_printed_and_are_no_part_of_the_model(cache):
    gcode = sliced(TEE, PROFILES["cura:supported"], cache)
    helpers = helpers_of(gcode)
    assert helpers is not None
    assert helpers.z_top_mm.max() > 10  # supports reach up to the beam
    text = gzip.decompress(gcode.read_bytes())
    assert b";TYPE:SUPPORT" in text


@needs_cura
def test_what_is_read_back_lies_in_the_middle_of_the_bed_and_stands_on_it(cache):
    layers = read_back(sliced(TEE, PROFILES["cura:standard"], cache), cells=128)
    filled = np.argwhere(
        np.unpackbits(layers.bits, axis=2, count=layers.width_px).any(axis=0)
    )  # rows, columns
    middle = (filled.min(axis=0) + filled.max(axis=0) + 1) / 2 * layers.mm_per_px
    assert middle[::-1] + layers.origin_mm == pytest.approx(cura.BED_CENTRE, abs=0.5)
    assert layers.z_top_mm[0] - layers.height_mm[0] == pytest.approx(0, abs=0.01)
    assert layers.z_top_mm[-1] == pytest.approx(20, abs=0.2)


@needs_cura
@pytest.mark.parametrize("name", CURA_PROFILES)
def test_cura_gives_the_same_bytes_on_every_run(tmp_path, name):
    first, second = (sliced(TEE, PROFILES[name], tmp_path / run) for run in "ab")
    assert first.name == second.name
    assert first.read_bytes() == second.read_bytes()


@needs_cura
def test_a_job_names_no_folder_of_the_machine_that_sliced_it(cache, tmp_path):
    text = gzip.decompress(sliced(TEE, PROFILES["cura:draft"], cache).read_bytes())
    assert str(tmp_path.parent.parent).encode() not in text
    assert b"/tmp" not in text


def test_a_second_call_slices_nothing(cache, monkeypatch):
    needs("cura:draft")
    first = sliced(TEE, PROFILES["cura:draft"], cache)

    def refuse(*_, **__):
        raise AssertionError("a slicer was run")

    monkeypatch.setattr(base.subprocess, "run", refuse)
    assert sliced(TEE, PROFILES["cura:draft"], cache) == first


@needs_cura
def test_processes_that_slice_the_same_mesh_leave_one_whole_file(tmp_path):
    draft = PROFILES["cura:draft"]
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        paths = pool.starmap(sliced, [(TEE, draft, tmp_path)] * 2)
    assert [path.name for path in tmp_path.iterdir()] == [paths[0].name]
    assert gzip.decompress(paths[0].read_bytes()).rstrip().endswith(cura.ENDING)


def test_settings_mesh_and_version_decide_which_file_is_meant(tmp_path, monkeypatch):
    written = []
    version = "1"
    fake = profiles.Slicer(
        lambda: version, lambda mesh, path, settings: path.write_text("G28"), (), "fake"
    )
    monkeypatch.setitem(profiles.SLICERS, "fake", fake)
    for triangles, settings in ((TEE.triangles, ("a",)), (TEE.triangles, ("b",)),
                                (TEE.triangles * 2, ("a",))):  # fmt: skip
        profile = profiles.Profile("fake:x", "fake", settings)
        written.append(sliced(Mesh(triangles, watertight=True), profile, tmp_path))
    version = "2"
    written.append(sliced(TEE, profiles.Profile("fake:x", "fake", ("a",)), tmp_path))
    assert len(set(written)) == len(list(tmp_path.iterdir())) == 4


def test_profiles_differ_in_their_settings_and_are_called_after_their_slicer():
    assert len({settings_digest(profile) for profile in PROFILES.values()}) == len(PROFILES)
    assert all(name.split(":")[0] == PROFILES[name].slicer for name in PROFILES)


def test_a_missing_slicer_is_named_with_what_to_install(tmp_path, monkeypatch):
    cura.cura_version.cache_clear()
    monkeypatch.setenv("PATH", str(tmp_path))
    try:
        with pytest.raises(SlicerFailed, match=r"not installed \(apt install cura-engine cura\)"):
            sliced(TEE, PROFILES["cura:draft"], tmp_path)
    finally:
        cura.cura_version.cache_clear()


@needs_cura
def test_a_mesh_without_volume_gives_a_job_that_prints_nothing(tmp_path):
    flat = Mesh(TEE.triangles * (1, 1, 0), watertight=False)
    with pytest.raises(EmptyToolpath):
        read_back(sliced(flat, PROFILES["cura:draft"], tmp_path))


def test_a_slicer_that_fails_leaves_nothing_behind(tmp_path, monkeypatch):
    def fail(_mesh, path, _settings):
        path.write_text("half a job")
        raise SlicerFailed("broke down")

    monkeypatch.setitem(profiles.SLICERS, "fake", profiles.Slicer(lambda: "1", fail, (), "fake"))
    with pytest.raises(SlicerFailed, match="broke down"):
        sliced(TEE, profiles.Profile("fake:x", "fake", ()), tmp_path)
    assert not list(tmp_path.iterdir())


def _stand_in(folder, script):
    """An executable that plays a slicer; returns a call of it."""
    program = folder / "slicer"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    return [str(program), "mesh.stl"]


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("echo half of it > out", r"mesh\.stl: .*slicer gave nothing"),
        ("echo 'it is too large' >&2; exit 1", r"mesh\.stl: it is too large"),
    ],
)
def test_a_job_without_its_end_or_with_a_bad_exit_is_no_job(tmp_path, script, words):
    with pytest.raises(SlicerFailed, match=words):
        base.run_slicer(_stand_in(tmp_path, script), tmp_path / "out", b"THE END", cwd=tmp_path)


def test_a_slicer_that_takes_too_long_is_stopped(tmp_path, monkeypatch):
    monkeypatch.setattr(base, "TIME_LIMIT_S", 0.1)
    with pytest.raises(SlicerFailed, match=r"not sliced within 0\.1 s"):
        base.run_slicer(_stand_in(tmp_path, "exec sleep 5"), tmp_path / "out", b"", cwd=tmp_path)


def test_a_full_disk_is_no_fault_of_the_mesh(tmp_path, monkeypatch):
    full = subprocess.CompletedProcess([], 1, "", "write error")
    monkeypatch.setattr(base.subprocess, "run", lambda *_, **__: full)
    monkeypatch.setattr(base, "LEAST_FREE_BYTES", 1 << 62)
    with pytest.raises(OSError, match="No space left"):
        base.run_slicer(["slicer", "mesh.stl"], tmp_path / "out", b"", cwd=tmp_path)
