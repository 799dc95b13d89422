"""Bundles: used whole or not at all; and what the shipped one promises."""

import json
import shutil

import pytest

from classifier.runtime.bundle import (
    CARD,
    DEFAULT_BUNDLE,
    EARLY,
    GALLERY,
    MANIFEST,
    MAX_BYTES,
    MODEL,
    PARTS,
    SUMS,
    load_bundle,
    write_sums,
)
from classifier.runtime.errors import BundleError
from classifier.runtime.recipe import ViewRecipe
from classifier.training.tables import BY_MODEL
from dataset_builder.sources.labels import LABELS


@pytest.fixture
def copy(tmp_path):
    return shutil.copytree(DEFAULT_BUNDLE, tmp_path / "copy")


def change_manifest(folder, **changes):
    path = folder / MANIFEST
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))
    write_sums(folder)


@pytest.mark.parametrize("part", PARTS)
def test_one_changed_byte_in_any_part_is_refused(copy, part):
    data = bytearray((copy / part).read_bytes())
    data[len(data) // 2] ^= 1
    (copy / part).write_bytes(data)
    with pytest.raises(BundleError, match=rf"{part}: was altered.*Use another bundle"):
        load_bundle(copy)


@pytest.mark.parametrize("part", [*PARTS, SUMS])
def test_a_missing_part_is_named(copy, part):
    (copy / part).unlink()
    with pytest.raises(BundleError, match=rf"{part}: cannot be read"):
        load_bundle(copy)


def test_a_part_that_is_not_listed_is_refused(copy):
    lines = (copy / SUMS).read_text().splitlines()
    (copy / SUMS).write_text("\n".join(line for line in lines if MODEL not in line))
    with pytest.raises(BundleError, match=r"SHA256SUMS: has no line for model\.onnx"):
        load_bundle(copy)


def test_another_schema_is_refused(copy):
    change_manifest(copy, schema="printwarden.bundle/1")
    with pytest.raises(BundleError, match=r"manifest\.json: the schema is 'printwarden\.bundle/1'"):
        load_bundle(copy)


@pytest.mark.parametrize(
    "changes",
    [
        {"thresholds": {"review_at": 0.9, "flag_at": 0.5}},
        {"thresholds": {"review_at": 0.0, "flag_at": 0.5}},
        {"thresholds": {"review_at": 0.5}},
        {"labels": [{"name": "mug"}]},
        {"labels": []},
        {"views": {"cells": 60}},
        {"views": {"cells": 60, "size_px": 64, "planes": ["xy"], "kinds": ["xray"], "pose": "up"}},
        {"metrics": None},
        {"familiarity": {"neighbours": 5, "limit": 0}},
        {"familiarity": {"neighbours": 0, "limit": 0.1}},
        {"familiarity": {"limit": 0.1}},
        {"early": None},
    ],
)
def test_a_manifest_that_cannot_be_meant_is_refused(copy, changes):
    change_manifest(copy, **changes)
    with pytest.raises(BundleError, match=r"manifest\.json: not a manifest"):
        load_bundle(copy)


def test_a_label_that_the_manifest_lacks_is_refused_with_the_name_of_the_gallery(copy):
    labels = json.loads((copy / MANIFEST).read_text())["labels"]
    change_manifest(copy, labels=labels[:3])
    with pytest.raises(BundleError, match=r"gallery\.npz: a row has a label that is none"):
        load_bundle(copy)


def test_a_gallery_that_is_none_is_refused(copy):
    (copy / GALLERY).write_bytes(b"no gallery")
    write_sums(copy)
    with pytest.raises(BundleError, match=r"gallery\.npz: not a gallery .*Use another bundle"):
        load_bundle(copy)


def test_a_part_that_weighs_too_much_is_refused(copy, monkeypatch):
    monkeypatch.setitem(MAX_BYTES, MODEL, 1000)
    with pytest.raises(BundleError, match=r"model\.onnx: cannot be read \(more than 1000 bytes\)"):
        load_bundle(copy)


def test_the_network_for_growing_prints_comes_with_its_settings_or_not_at_all(copy):
    (copy / EARLY).unlink()
    change_manifest(copy, early=None)
    assert load_bundle(copy).early is None
    (copy / EARLY).write_bytes(b"a network")
    with pytest.raises(BundleError, match=r"SHA256SUMS: has no line for early\.onnx"):
        load_bundle(copy)
    write_sums(copy)
    with pytest.raises(BundleError, match=r"'early' is None and early\.onnx is here"):
        load_bundle(copy)
    change_manifest(copy, early={"cells": 40})
    bundle = load_bundle(copy)
    assert (bundle.early, bundle.early_settings) == (b"a network", {"cells": 40})
    (copy / EARLY).write_bytes(b"another")
    with pytest.raises(BundleError, match=r"early\.onnx: was altered"):
        load_bundle(copy)


def test_a_list_of_sums_names_parts_only(copy):
    sums = copy / SUMS
    sums.write_text(f"{sums.read_text()}{'0' * 64}  ../card.md\n")
    with pytest.raises(BundleError, match=r"SHA256SUMS: lists '\.\./card\.md', which is no part"):
        load_bundle(copy)


def test_an_identity_changes_with_the_manifest(copy):
    before = load_bundle(copy).identity
    change_manifest(copy, version="next")
    assert load_bundle(copy).identity != before


def test_a_bundles_labels_are_a_prefix_of_the_closed_list():
    known = [tuple(label) for label in load_bundle().labels]
    listed = [(label.name, label.weapon_shaped) for label in LABELS]
    assert known == listed[: len(known)]


def test_the_shipped_bundle_follows_todays_recipe():
    assert load_bundle().recipe == ViewRecipe()


def test_the_shipped_bundle_is_small_and_leaves_room_for_doubt():
    bundle = load_bundle()
    assert len(bundle.model) < 1_000_000
    assert all(path.stat().st_size < 1_000_000 for path in DEFAULT_BUNDLE.iterdir())
    assert sum(path.stat().st_size for path in DEFAULT_BUNDLE.iterdir()) < 2_500_000
    assert bundle.thresholds.review_at < bundle.thresholds.flag_at


def test_the_shipped_card_states_thresholds_command_and_every_figure():
    bundle = load_bundle()
    card = (DEFAULT_BUNDLE / CARD).read_text()
    assert f"{bundle.thresholds.flag_at:.6f}" in card
    manifest = json.loads((DEFAULT_BUNDLE / MANIFEST).read_text())
    assert manifest["training"]["command"] in card
    for title, rates in bundle.metrics.items():
        assert f"### {title}" in card
        rows = [f"| {name} | {rate['hits']}/{rate['of']} " for name, rate in rates.items()]
        assert all(row in card for row in rows) or (title == BY_MODEL and "worst; all" in card)


def test_the_shipped_files_name_no_path_of_the_machine_that_made_them():
    for part in PARTS:
        assert b"/site-packages" not in (DEFAULT_BUNDLE / part).read_bytes()
        assert b".py" not in (DEFAULT_BUNDLE / MODEL).read_bytes()
