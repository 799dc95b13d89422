"""Weapon-shaped props: many families, solid throughout, drawn in every form they are printed."""

from pathlib import Path

import numpy as np
import pytest

from dataset_builder.sources import props, weapon_shaped
from dataset_builder.sources.labels import LABELS
from dataset_builder.sources.primitives import joined
from dataset_builder.sources.props import blades, forms, handguns, polearms, throwables
from dataset_builder.sources.props.outlines import around, hull, mirrored, rounded

SAMPLE = (handguns.service_pistol, blades.arming_sword, polearms.halberd, throwables.egg_grenade)
any_model = pytest.mark.parametrize("model", SAMPLE, ids=lambda model: model.__name__)


def area(loop):
    x, y = loop.T
    return abs(float(x @ np.roll(y, -1) - y @ np.roll(x, -1))) / 2


def extent(shells):
    return np.ptp(joined(shells).reshape(-1, 3), axis=0)


def volume(shells):
    a, b, c = (joined(shells)[:, k] for k in range(3))
    return float(np.einsum("ij,ij->", a, np.cross(b, c))) / 6


def test_every_weapon_shaped_label_has_a_dozen_families_and_no_other_label_any():
    counted = {label: len(models) for label, models in weapon_shaped.MODELS}
    assert set(counted) == {label.name for label in LABELS if label.weapon_shaped}
    assert min(counted.values()) >= 12
    assert sum(counted.values()) >= 100


def test_no_prop_is_given_a_bore():
    for path in Path(props.__file__).parent.glob("*.py"):
        assert "bore=" not in path.read_text(encoding="utf-8"), path.name


@any_model
def test_a_printed_model_keeps_its_name_and_comes_in_many_sizes(model):
    printed = forms.as_printed(model)
    assert printed.__name__ == model.__name__
    longest = [extent(printed(np.random.default_rng(seed))).max() for seed in range(24)]
    assert max(longest) > 2.5 * min(longest)
    assert max(longest) < 1.6 * forms.LONGEST_MM  # a stand stands out


@any_model
def test_a_cut_out_is_a_plate_of_one_thickness_with_the_side_views_outline(model):
    shells = model(np.random.default_rng(5))
    axis = forms._across(shells)
    plate = forms.flat(shells, np.random.default_rng(1))
    depths = [float(np.ptp(shell[..., axis])) for shell in plate]
    np.testing.assert_allclose(depths, depths[0], rtol=1e-6)
    assert 2.5 <= depths[0] <= 12.0
    seen = [k for k in range(3) if k != axis]
    np.testing.assert_allclose(extent(plate)[seen], extent(shells)[seen])


@any_model
def test_a_flat_backed_prop_lies_on_its_back(model):
    shells = model(np.random.default_rng(5))
    axis = forms._across(shells)
    half = forms.flat_backed(shells, np.random.default_rng(1))
    assert joined(half)[..., axis].min() == 0.0
    assert volume(half) > 0


@any_model
def test_a_stand_reaches_below_the_prop_and_leaves_it_as_it_was(model):
    shells = model(np.random.default_rng(5))
    posed = forms.on_stand(shells, np.random.default_rng(0))  # this seed does not stand it upright
    assert all(any(np.array_equal(shell, part) for part in posed) for shell in shells)
    assert joined(posed)[..., 2].min() < joined(shells)[..., 2].min()


@any_model
def test_a_pendant_has_an_eye_and_fits_a_pocket(model):
    shells = model(np.random.default_rng(5))
    tag = forms.pendant(shells, np.random.default_rng(1))
    assert len(tag) == len(shells) + 1
    assert extent(tag).max() < 135
    assert extent(tag).min() <= 5.0


def test_every_form_has_a_share():
    assert len(forms.FORMS) == len(forms.SHARES)
    assert sum(forms.SHARES) == pytest.approx(1.0)


def test_cutting_corners_keeps_to_the_inside_of_a_convex_loop():
    square = np.array([(0.0, 0.0), (8.0, 0.0), (8.0, 8.0), (0.0, 8.0)])
    once, twice = rounded(square, 1), rounded(square, 2)
    assert (len(once), len(twice)) == (8, 16)
    assert area(square) > area(once) > area(twice) > 0.8 * area(square)


def test_a_mirrored_outline_is_the_same_upside_down():
    loop = mirrored([(0, 3), (5, 4), (9, 0)])
    assert len(loop) == 5  # the point on the axis once
    flipped = {tuple(point) for point in (loop * (1, -1) + 0.0).tolist()}
    assert flipped == {tuple(point) for point in (loop + 0.0).tolist()}


def test_a_hull_never_crosses_itself_and_reaches_from_end_to_end():
    for seed in range(50):
        loop = hull(np.random.default_rng(seed), (10.0, 110.0), 40.0, steps=4)
        top, bottom = loop[loop[:, 1] > 0], loop[loop[:, 1] < 0]
        assert len(top) + len(bottom) == len(loop)
        assert (np.diff(bottom[:, 0]) >= 0).all()
        assert (np.diff(top[:, 0]) <= 0).all()
        assert loop[:, 0].min() >= 10.0
        assert loop[:, 0].max() <= 110.0
        assert np.ptp(loop[:, 0]) > 70.0


def test_what_stands_around_is_as_many_as_asked_for():
    ring = around(5.0, 7)
    assert ring.shape == (7, 2)
    np.testing.assert_allclose(np.linalg.norm(ring, axis=1), 5.0)
