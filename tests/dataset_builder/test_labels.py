"""The closed list of labels, and what folders of other people call them."""

import pytest

from dataset_builder.sources.aliases import ALIASES, label_of
from dataset_builder.sources.errors import UnknownLabel
from dataset_builder.sources.labels import LABEL_NAMES, LABELS


def test_labels_have_different_names_and_meanings():
    assert len(set(LABEL_NAMES)) == len({label.meaning for label in LABELS}) == len(LABELS)


def test_every_alias_stands_for_a_label():
    assert set(ALIASES.values()) == set(LABEL_NAMES)


@pytest.mark.parametrize("name", LABEL_NAMES)
def test_a_label_is_its_own_alias_however_it_is_spelt(name):
    for spelt in (name, name.upper(), name.replace("-", "_"), name.replace("-", " ")):
        assert label_of([spelt], LABEL_NAMES, {}, "here") == name


def test_no_label_is_made_up_for_a_name_that_means_nothing():
    with pytest.raises(UnknownLabel, match="here: 'gun part' is no label"):
        label_of(["gun part"], LABEL_NAMES, {}, "here")
