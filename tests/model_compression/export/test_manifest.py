"""A compressed network's bundle: what its manifest states, its loader takes and its card shows."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from classifier.runtime.bundle import DEFAULT_BUNDLE, MANIFEST, Thresholds, load_bundle, write_sums
from classifier.runtime.compression import Compression
from classifier.runtime.errors import BundleError
from classifier.training.card import write_card
from classifier.training.compressed import compressed_section
from classifier.training.examples import Examples, Pictures
from dataset_builder.sources.labels import LABEL_NAMES
from dataset_builder.sources.origin import Origin
from model_compression.export.comparison import Judged, compare
from model_compression.export.manifest import compression_of
from model_compression.ledger.row import Row

DENSE = Row(
    weights=190_000, weights_kept=190_000, params=191_000, macs=60_000_000, macs_kept=60_000_000,
    stored_bits=190_000 * 32, stored_as="dense, float32", index_bits=0,
    lower_bound_bits=190_000 * 32, other_bits=32_000, sample_visits=0,
)  # fmt: skip
SMALL = replace(DENSE, weights_kept=9_500, macs=5_000_000, stored_bits=76_000)
AT = Thresholds(review_at=0.5, flag_at=0.9)


def origin(number: int, label: str, kind: str) -> Origin:
    return Origin(f"thing {number}", "family", label, "source", "CC0", "someone", "", kind, "")  # type: ignore[arg-type]


@pytest.fixture
def examples() -> Examples:
    """A knife file drawn three times, a mug file twice, two draws of a parametric bracket."""
    origins = (
        origin(0, "blade-shaped", "mesh"), origin(1, "container", "mesh"),
        origin(2, "bracket", "parametric"),
    )  # fmt: skip
    owner = np.array([0, 1, 0, 2, 0, 1, 2])
    label = np.array([LABEL_NAMES.index(origins[at].label) for at in owner])
    pictures = Pictures([np.zeros((7, 3, 2, 4, 4), np.uint8)])
    sides = np.ones((7, 3), np.float32)
    return Examples(pictures, np.arange(7), sides, owner, label, origins, "digest")


def block(compared: Mapping[str, Any]) -> dict[str, Any]:
    bundle = load_bundle()
    words = {"recipe": "p-rm", "paper": "arXiv 1905.00136", "command": "printwarden compress"}
    return compression_of(bundle, bundle.model[:100], (DENSE, SMALL), **words, compared=compared)


def test_an_object_is_what_half_of_its_pictures_are(examples):
    #                        knife mug  knife bracket knife mug bracket
    dense = Judged(np.array([0.95, 0.1, 0.95, 0.1, 0.20, 0.1, 0.6]), AT)
    small = Judged(np.array([0.95, 0.1, 0.60, 0.1, 0.20, 0.1, 0.1]), AT)
    found = compare(examples, dense, small)
    assert found["objects"] == 4
    flagged = found["rates"]["Mesh files, by source"]["weapon-shaped, flagged"]
    assert (flagged["dense"]["hits"], flagged["compressed"]["hits"]) == (1, 0)
    assert (flagged["dense_alone"], flagged["compressed_alone"]) == (1, 0)
    assert found["disagreements"] == [
        {"name": "thing 2", "label": "bracket", "dense": ["review", 0.6],
         "compressed": ["clear", 0.1]},
        {"name": "thing 0", "label": "blade-shaped", "dense": ["flagged", 0.95],
         "compressed": ["review", 0.6]},
    ]  # fmt: skip


def test_each_network_keeps_to_its_own_thresholds(examples):
    scores = np.linspace(0, 1, 7)
    moved = Thresholds(review_at=0.4, flag_at=0.8)
    assert compare(examples, Judged(scores, AT), Judged(scores, AT))["disagreements"] == []
    assert compare(examples, Judged(scores, AT), Judged(scores, moved))["disagreements"]


def test_a_bundle_says_how_it_was_compressed(examples, tmp_path):
    scores = Judged(np.linspace(0, 1, 7), AT)
    folder = shutil.copytree(DEFAULT_BUNDLE, tmp_path / "small")
    manifest = json.loads((folder / MANIFEST).read_text())
    manifest["compression"] = block(compare(examples, scores, scores))
    (folder / MANIFEST).write_text(json.dumps(manifest))
    write_sums(folder)
    bundle = load_bundle(folder)
    assert bundle.compression is not None
    assert bundle.compression.weights == (190_000, 9_500)
    parent = load_bundle()
    assert f"{bundle.identity}, compressed by p-rm from {parent.identity}: " in bundle.description
    assert "9,500 of 190,000 weights, 12.0 times fewer multiplications" in bundle.description
    assert replace(bundle, compression=None).description == bundle.identity


@pytest.mark.parametrize(
    "changes", [{"weights": [5, 6]}, {"macs": [0, 0]}, {"recipe": None, "by": "magic"}, {"macs": 5}]
)
def test_a_statement_that_cannot_be_meant_is_refused(changes, tmp_path):
    folder = shutil.copytree(DEFAULT_BUNDLE, tmp_path / "small")
    manifest = json.loads((folder / MANIFEST).read_text())
    manifest["compression"] = {**block({}), **changes}
    (folder / MANIFEST).write_text(json.dumps(manifest))
    write_sums(folder)
    with pytest.raises(BundleError, match=r"manifest\.json: not a manifest"):
        load_bundle(folder)


def test_the_card_shows_both_networks_and_where_they_disagree(examples):
    dense = Judged(np.array([0.95, 0.1, 0.95, 0.1, 0.95, 0.1, 0.6]), AT)
    small = Judged(np.array([0.10, 0.1, 0.10, 0.1, 0.95, 0.1, 0.6]), AT)
    section = compressed_section(block(compare(examples, dense, small)))
    assert "| weights | 190,000 | 9,500 | 20.0 |" in section
    assert "| Mesh files, by source: weapon-shaped, flagged | 1/1 = 100.0%" in section
    assert "| thing 0 | blade-shaped | flagged 0.950 | clear 0.100 |" in section
    assert "9,500 bytes in the cheapest format" in section


def test_the_card_of_a_dense_network_has_no_such_section():
    manifest = json.loads((DEFAULT_BUNDLE / MANIFEST).read_text())
    manifest.pop("compression", None)
    assert compressed_section(None) == ""
    assert "Dense and compressed" not in write_card(manifest, {})
    same = Compression.from_json(block({}))
    assert same.parent == load_bundle().identity
