"""One look is no verdict: several on end must agree, about the same place."""

import numpy as np
import pytest

from printer_guard.camera.comparing import Outcome, compare
from printer_guard.camera.deciding import Deciding
from printer_guard.camera.evidence import keep_difference
from printer_guard.camera.imaging import shrunk, working_size

ALL = np.full((240, 320), 255, np.uint8)


def block(x, y, width=40, height=40):
    mask = np.zeros((240, 320), np.uint8)
    mask[y : y + height, x : x + width] = 255
    return mask


HERE = block(100, 100)


def look(seen, known=ALL, expected=HERE):
    return compare(expected, seen, known, tolerance_px=4.0)


@pytest.mark.parametrize(
    ("seen", "outcome", "words"),
    [
        (HERE, Outcome.MATCHES, "what was approved"),
        (block(103, 98), Outcome.MATCHES, "what was approved"),  # within the tolerance
        (HERE | block(200, 60, 20, 20), Outcome.DIFFERS, "where the approved job has nothing"),
        (block(100, 100, 40, 25), Outcome.DIFFERS, "is not there"),
        (block(70, 100, 100, 40), Outcome.DIFFERS, "where the approved job has nothing"),
        (block(125, 110), Outcome.CANNOT_TELL, "beside its place"),  # the same, pushed
        (block(0, 0, 0, 0), Outcome.CANNOT_TELL, "Nothing is seen"),
    ],
)
def test_a_look_says_what_speaks_against_the_job(seen, outcome, words):
    found = look(seen)
    assert found.outcome is outcome
    assert words in found.reason


def test_what_cannot_be_known_is_neither_extra_nor_missing():
    hidden = ~block(100, 120, 40, 20)  # a gantry before the lower half
    assert look(block(100, 100, 40, 20), hidden).outcome is Outcome.MATCHES
    assert look(HERE | block(200, 60), ~block(200, 60)).outcome is Outcome.MATCHES
    assert look(HERE, ~block(100, 100, 40, 30)).outcome is Outcome.CANNOT_TELL


def test_a_difference_counts_when_it_stays_in_its_place():
    deciding = Deciding(looks=3)
    for _ in range(3):
        deciding.add(look(HERE | block(200, 60)))
    assert deciding.outcome is Outcome.DIFFERS


def test_things_that_pass_by_are_no_difference_however_often():
    deciding = Deciding(looks=3)
    for x in range(160, 280, 45):
        deciding.add(look(HERE | block(x, 20)))
    assert deciding.outcome is None


def test_a_look_that_cannot_tell_neither_accuses_nor_clears():
    deciding = Deciding(looks=3)
    for _ in range(3):
        deciding.add(look(HERE | block(200, 60)))
        deciding.blind("A hand.")
    assert deciding.outcome is Outcome.DIFFERS


def test_a_single_look_that_matches_starts_the_count_anew():
    deciding = Deciding(looks=3)
    for seen in (HERE | block(200, 60),) * 2 + (HERE,) + (HERE | block(200, 60),) * 2:
        deciding.add(look(seen))
    assert deciding.outcome is None


def test_a_camera_that_stays_blind_is_said_to_be_so():
    deciding = Deciding(looks=3)
    for number in range(3):
        assert deciding.outcome is None
        deciding.blind(f"It is dark, {number}.")
    assert (deciding.outcome, deciding.reason) == (Outcome.CANNOT_TELL, "It is dark, 2.")


class Drawn:
    """What `keep_difference` needs of an eye."""

    picture = np.zeros((240, 320, 3), np.uint8)
    comparison = look(HERE | block(200, 60))

    class silhouette:  # noqa: N801
        @staticmethod
        def outline():
            return []


def test_only_the_newest_pictures_are_kept(tmp_path):
    written = [keep_difference(Drawn(), tmp_path / "pictures", "voron", keep=3) for _ in range(5)]
    assert sorted((tmp_path / "pictures").iterdir()) == written[2:]
    assert all(path is not None and path.stat().st_size < 50_000 for path in written[2:])


def test_an_owner_who_wants_no_pictures_has_none(tmp_path):
    assert keep_difference(Drawn(), tmp_path / "pictures", "voron", keep=0) is None
    assert not (tmp_path / "pictures").exists()


def test_large_pictures_are_compared_at_a_size_that_shows_a_print():
    assert working_size((1920, 1080)) == (640, 360)
    assert working_size((320, 240)) == (320, 240)
    assert shrunk(np.zeros((1080, 1920, 3), np.uint8), (640, 360)).shape == (360, 640, 3)
