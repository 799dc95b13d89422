"""Known shapes: found however they lie, and nothing else is."""

import numpy as np
import pytest

from classifier.runtime.known.body import Body, blurred
from classifier.runtime.known.descriptor import DEGREES, _harmonics, describe
from classifier.runtime.known.library import Kind, Label, Library, Terms
from classifier.runtime.known.matching import find_matches
from classifier.runtime.known.overlap import Query
from classifier.runtime.known.shape import STEPS, Shape
from classifier.runtime.known.turns import candidates, rotation
from tests.classifier.known_parts import PARTS, box, bracket, cylinder, drawn, joined

PLAIN = Terms()
CREATED = "2026-01-01T00:00:00+00:00"


def library_of(terms=PLAIN, **parts):
    library = Library.empty()
    for name, triangles in parts.items():
        shape = Shape.of(Body.of(drawn(triangles)))
        library = library.with_reference(Label(name, "", CREATED), terms, shape)
    return library


@pytest.fixture(scope="module")
def everything():
    return library_of(**{name: make() for name, make in PARTS.items()})


@pytest.mark.parametrize("mirrored", [False, True], ids=["", "mirrored"])
@pytest.mark.parametrize(("pose", "scale"), [(0, 1.0), (1, 0.9), (2, 1.1), (3, 1.03)])
@pytest.mark.parametrize("name", PARTS)
def test_a_part_is_found_turned_mirrored_and_scaled_and_no_other_is(
    everything, name, pose, scale, mirrored
):
    layers = drawn(PARTS[name](), pose=pose, scale=scale, mirrored=mirrored)
    (match,) = find_matches(layers, everything)
    assert match.name == name
    assert match.overlap > 0.9


def test_a_part_of_another_size_is_found_only_where_the_terms_allow_it():
    larger = drawn(bracket(), pose=1, scale=1.3)
    assert not find_matches(larger, library_of(part=bracket()))
    assert find_matches(larger, library_of(Terms(scale=1.35), part=bracket()))


def test_a_wanted_overlap_out_of_reach_is_no_match():
    assert not find_matches(
        drawn(bracket()), library_of(Terms(least_overlap=0.999), part=bracket())
    )


@pytest.mark.parametrize(
    ("part", "other"),
    [
        (bracket(), joined(bracket(), box((14, 18, 14), (8, -1, 10)))),
        (box((30, 30, 30)), cylinder(17, 30)),
        (box((40, 30, 10)), box((40, 24, 10))),
        (cylinder(10, 40), joined(cylinder(10, 40), box((44, 10, 10)))),
    ],
    ids=["a block more", "a cube, not a cylinder", "a fifth narrower", "a crossbar more"],
)
def test_what_differs_in_a_fifth_of_its_volume_is_another_part(part, other):
    assert not find_matches(drawn(other, pose=2), library_of(part=part))


def test_the_best_overlap_comes_first_and_reads_as_a_sentence():
    library = library_of(Terms(least_overlap=0.7), near=box((40, 27, 10)), same=box((40, 30, 10)))
    first, second = find_matches(drawn(box((40, 30, 10)), pose=1), library)
    assert (first.name, second.name) == ("same", "near")
    assert str(first) == f"matches same, overlap {first.overlap:.2f}"
    assert first.kind is Kind.FLAG


@pytest.mark.parametrize("width", [18.0, 15.0, 12.0])
def test_the_overlap_of_two_blocks_is_their_intersection_over_their_union(width):
    kept = Shape.of(Body.of(drawn(box((40, 20, 20)))))
    query = Query(Body.of(drawn(box((40, 20, width)))))
    found = query.overlap(kept, wanted=0.5, scale=1.0 + 1e-9)
    assert found == pytest.approx(width / 20, abs=0.03)


def test_an_empty_library_matches_nothing():
    assert find_matches(drawn(bracket()), Library.empty()) == ()


@pytest.mark.parametrize("name", PARTS)
def test_turning_mirroring_and_scaling_leave_the_descriptor_alone(name):
    part = PARTS[name]()
    plain = describe(Body.of(drawn(part)))
    other = describe(Body.of(drawn(part, pose=2, mirrored=True, scale=1.7)))
    assert np.linalg.norm(plain - other) < 0.03


def test_the_harmonics_of_a_degree_have_equal_length_in_every_direction():
    rng = np.random.default_rng(0)
    directions = rng.normal(size=(3, 50))
    directions /= np.linalg.norm(directions, axis=0)
    for degree, orders in enumerate(_harmonics(directions)):  # the addition theorem
        length = np.abs(orders[0]) ** 2 + 2 * (np.abs(orders[1:]) ** 2).sum(axis=0)
        np.testing.assert_allclose(length, 2 * degree + 1)
    assert degree == DEGREES - 1


def test_the_harmonics_are_those_of_scipy():
    special = pytest.importorskip("scipy.special")
    directions = np.array([[0.36, -0.6], [0.48, 0.64], [0.8, -0.48]])
    polar, around = np.arccos(directions[2]), np.arctan2(directions[1], directions[0])
    for degree, orders in enumerate(_harmonics(directions)):
        for order, values in enumerate(orders):
            theirs = special.sph_harm_y(degree, order, polar, around) * np.sqrt(4 * np.pi)
            np.testing.assert_allclose(np.abs(values), np.abs(theirs), atol=1e-12)


def test_a_blur_keeps_the_material_and_spreads_it_evenly():
    grid = np.zeros((5, 6, 7), np.float32)
    grid[2, 3, 4] = 1.0
    soft = blurred(grid, 1.3)
    assert soft.sum() == pytest.approx(1.0, abs=1e-5)
    for axis in range(3):
        marginal = soft.sum(axis=tuple(k for k in range(3) if k != axis))
        at = np.arange(len(marginal)) - marginal.argmax()
        assert marginal @ at == pytest.approx(0.0, abs=1e-4)
        assert marginal @ at**2 == pytest.approx(1.3**2, rel=0.03)


@pytest.mark.parametrize(
    ("spreads", "count"),
    [((3, 2, 1), 8), ((3, 2.9, 1), 144), ((3, 1, 0.99), 144), ((1, 1, 1), 2400)],
)
def test_candidate_turns_are_orthogonal_and_half_of_them_mirror(spreads, count):
    turns = candidates(np.array(spreads), np.array(spreads))
    assert len(turns) == count
    np.testing.assert_allclose(turns @ turns.transpose(0, 2, 1) - np.eye(3), 0, atol=1e-12)
    assert (np.linalg.det(turns) > 0).sum() == count // 2


def test_every_rotation_is_near_one_that_is_tried_on_a_shape_without_axes():
    turns = candidates(np.ones(3), np.ones(3))
    rng = np.random.default_rng(3)
    for _ in range(50):
        wanted = rotation(rng.normal(size=3))
        cosine = (np.einsum("kij,ij->k", turns, wanted) - 1) / 2
        assert np.degrees(np.arccos(np.clip(cosine.max(), -1, 1))) < 25


def test_what_is_kept_is_coarse():
    shape = Shape.of(Body.of(drawn(box((40, 30, 10)))))
    assert max(shape.levels.shape) <= 36
    assert shape.levels.dtype == np.uint8
    assert shape.levels.max() == STEPS
    held = shape.levels.sum(dtype=float) * shape.peak / STEPS * shape.cell_mm**3
    assert held == pytest.approx(shape.volume_mm3, rel=0.02)
    assert shape.extent_mm == pytest.approx([40, 30, 10], abs=1.0)


def test_a_reference_without_its_cells_is_said_to_be_damaged():
    from classifier.runtime.known.errors import LibraryError

    library = library_of(part=bracket())
    damaged = Library(library.labels, library.rows, b"\0" * len(library.blocks))
    with pytest.raises(LibraryError, match="reference 'part': its cells are damaged"):
        damaged.shape(0)
