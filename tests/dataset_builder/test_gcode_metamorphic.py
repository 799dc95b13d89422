"""Two jobs that print the same must be read the same, however they are written."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest

from dataset_builder.readers.gcode.machine import Dialect
from dataset_builder.readers.gcode.measure import Geometry
from tests.dataset_builder.gcode_jobs import E_PER_MM, INCH, Step, bracket, read_fast, write
from tests.dataset_builder.gcode_rewrites import (
    INTERLUDES,
    LABELS,
    ORIGINS,
    RENAMES,
    REWORKINGS,
    SPELLINGS,
    always,
    by_layer,
    never,
    now_and_then,
)

BASE = write(bracket())

BASE_GEOMETRY = read_fast(BASE).geometry


def _assert_equal(ours: Geometry, theirs: Geometry, *, mm: float = 0.02, share: float = 1e-3):
    """Far inside the contract's 0.06 mm and 1 %."""
    np.testing.assert_allclose(ours.bbox, theirs.bbox, atol=mm)
    np.testing.assert_allclose(ours.centroid, theirs.centroid, atol=mm)
    np.testing.assert_allclose(ours.cov, theirs.cov, atol=mm + share * max(theirs.cov[:3]))
    assert ours.extruded_mm == pytest.approx(theirs.extruded_mm, rel=share)
    assert ours.filament_mm == pytest.approx(theirs.filament_mm, rel=share)


def _assert_like_base(text: str | bytes, dialect: Dialect = Dialect.MARLIN) -> set[str]:
    reading = read_fast(text, dialect=dialect)
    assert reading.outcome == "ok", reading.problem
    _assert_equal(reading.geometry, BASE_GEOMETRY)
    return reading.flags


def test_the_base_job_is_what_it_is_meant_to_be() -> None:
    assert BASE_GEOMETRY.bbox == pytest.approx((97, 87, 0.2, 123, 113, 1.2), abs=1e-4)
    assert BASE_GEOMETRY.filament_mm == pytest.approx(BASE_GEOMETRY.extruded_mm * E_PER_MM)


@pytest.mark.parametrize("dialect", Dialect)
@pytest.mark.parametrize("relative_e", [never, always, now_and_then])
@pytest.mark.parametrize("relative", [never, always, now_and_then])
@pytest.mark.parametrize("inch", [never, always, now_and_then])
def test_units_and_modes_do_not_change_what_is_printed(inch, relative, relative_e, dialect) -> None:
    text = write(bracket(), inch=inch, relative=relative, relative_e=relative_e)
    klipper_e = dialect is Dialect.KLIPPER and relative is not never and relative_e is not relative
    if klipper_e:  # there G91 makes E relative whatever M82 says, so this would be another job
        pytest.skip("not the same job on Klipper")
    _assert_like_base(text, dialect)


@pytest.mark.parametrize("origin", ORIGINS)
@pytest.mark.parametrize("rename", RENAMES)
def test_a_shifted_origin_does_not_move_the_print(rename: str, origin: str) -> None:
    _assert_like_base(write(bracket(), origin=ORIGINS[origin], rename=RENAMES[rename]))


@pytest.mark.parametrize("interlude", INTERLUDES)
def test_an_interlude_between_layers_changes_nothing(interlude: str) -> None:
    _assert_like_base(write(bracket(), before_layer=lambda layer: INTERLUDES[interlude]))


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_spelling_does_not_change_what_is_printed(spelling: str) -> None:
    _assert_like_base(SPELLINGS[spelling](BASE))


@pytest.mark.parametrize(
    ("spelling", "flag"),
    [
        ("wrong checksums", "checksum"),
        ("block delete", "block_delete"),
        ("modal lines", "modal_line"),
        ("unit on every move", "multi_command"),
        ("unknown but harmless codes", "unknown_command"),
    ],
)
def test_an_odd_spelling_raises_its_flag(spelling: str, flag: str) -> None:
    assert flag in _assert_like_base(SPELLINGS[spelling](BASE))


@pytest.mark.parametrize("spelling", ["checksums", "stars in comments", "CR LF", "comments after"])
def test_a_proper_spelling_raises_no_flag(spelling: str) -> None:
    assert _assert_like_base(SPELLINGS[spelling](BASE)) == set()


@pytest.mark.parametrize("label", LABELS)
def test_labels_do_not_change_what_is_printed(label: str) -> None:
    _assert_like_base(LABELS[label](BASE))


@pytest.mark.parametrize("reworking", REWORKINGS)
def test_how_the_head_travels_does_not_change_what_is_printed(reworking: str) -> None:
    _assert_like_base(write(REWORKINGS[reworking](bracket())))


def test_firmware_retraction_prints_the_same() -> None:
    _assert_like_base(write(bracket(), firmware_retraction=True))


def test_a_purge_blob_prints_nothing() -> None:
    _assert_like_base(f"G1 E30 F200\nG92 E0\n{BASE}")


def test_objects_in_turn_print_what_objects_layer_by_layer_print() -> None:
    left, right = bracket(), bracket(150.0, 90.0)
    in_turn = write([*left, *right])
    by_turns = zip(by_layer(left), by_layer(right), strict=True)
    together = write([step for pair in by_turns for layer in pair for step in layer])
    _assert_equal(read_fast(in_turn).geometry, read_fast(together).geometry)


def _mapped(change: Callable[[Step], Step]) -> Geometry:
    return read_fast(write([change(step) for step in bracket()])).geometry


@pytest.mark.parametrize("shift", [(10, 0, 0), (0, -200, 0), (-90, 40, 5), (5000, 5000, 300)])
def test_a_translated_job_is_translated(shift: tuple[float, float, float]) -> None:
    moved = _mapped(lambda s: Step(s.x + shift[0], s.y + shift[1], s.z + shift[2], s.e))
    expected = np.array(BASE_GEOMETRY.bbox) + (*shift, *shift)
    np.testing.assert_allclose(moved.bbox, expected, atol=2e-3)
    np.testing.assert_allclose(moved.centroid, np.array(BASE_GEOMETRY.centroid) + shift, atol=2e-3)
    np.testing.assert_allclose(moved.cov, BASE_GEOMETRY.cov, atol=2e-3)


@pytest.mark.parametrize("factor", [0.5, 2.0, INCH])
def test_a_scaled_job_is_scaled(factor: float) -> None:
    scaled = _mapped(lambda s: Step(s.x * factor, s.y * factor, s.z * factor, s.e))
    np.testing.assert_allclose(scaled.bbox, np.array(BASE_GEOMETRY.bbox) * factor, rtol=1e-5)
    np.testing.assert_allclose(
        scaled.cov, np.array(BASE_GEOMETRY.cov) * factor**2, rtol=1e-4, atol=1e-3
    )
    assert scaled.extruded_mm == pytest.approx(BASE_GEOMETRY.extruded_mm * factor, rel=1e-4)


def test_a_mirrored_job_is_mirrored() -> None:
    mirrored = _mapped(lambda s: Step(-s.x, s.y, s.z, s.e))
    assert mirrored.bbox[0] == pytest.approx(-BASE_GEOMETRY.bbox[3], abs=1e-3)
    signs = np.array([1, 1, 1, -1, -1, 1])
    np.testing.assert_allclose(mirrored.cov, BASE_GEOMETRY.cov * signs, atol=2e-3)


def test_a_turned_job_is_turned() -> None:
    turned = _mapped(lambda s: Step(-s.y, s.x, s.z, s.e))
    xx, yy, zz, xy, xz, yz = BASE_GEOMETRY.cov
    np.testing.assert_allclose(turned.cov, (yy, xx, zz, -xy, -yz, xz), atol=2e-3)


def test_bezier_curves_are_as_exact_as_arcs() -> None:
    corners = np.array([(0, 0), (-6, -5), (63, 56), (60, 50)], float)
    t = np.linspace(0, 1, 2000)[:, None]
    curve = sum(math.comb(3, k) * t**k * (1 - t) ** (3 - k) * corners[k] for k in range(4))
    lines = [f"G1 X{x:.6f} Y{y:.6f} E0.01" for x, y in curve[1:]]
    drawn = read_fast("\n".join(["M83", *lines])).geometry
    bezier = read_fast("M83\nG5 I-6 J-5 P3 Q6 X60 Y50 E19.99\n").geometry
    _assert_equal(bezier, drawn)
