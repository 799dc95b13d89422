"""A job that is being sent is looked at as it stands, cut anywhere."""

import gzip

import pytest

from classifier.demo import SAMPLES
from classifier.runtime.bundle import load_bundle
from classifier.runtime.judge import Judge
from classifier.runtime.so_far import SoFar

MUG = SAMPLES / "1-mug.gcode.gz"
ENVELOPE = SAMPLES / "3-handgun-shaped-envelope.gcode.gz"


@pytest.fixture(scope="module")
def eye() -> SoFar:
    return SoFar(Judge(load_bundle()))


@pytest.fixture
def sent(tmp_path):
    def cut(sample, share):
        path = tmp_path / "sent.gcode"
        data = gzip.decompress(sample.read_bytes())
        path.write_bytes(data[: int(len(data) * share)])
        return path

    return cut


@pytest.mark.parametrize("share", [0.2, 0.5011, 0.9])
def test_an_everyday_print_without_its_end_is_neither_unreadable_nor_flagged(eye, sent, share):
    look = eye.look(sent(MUG, share), "mug.gcode")
    assert (look.verdict, look.flagged) == ("clear", False)
    assert look.layers > 10


def test_what_is_flagged_as_a_whole_is_flagged_once_enough_of_it_exists(eye, sent):
    looks = [eye.look(sent(ENVELOPE, share), "x.gcode") for share in (0.1, 0.8, 0.9)]
    assert [look.flagged for look in looks] == [False, True, True]
    assert "handgun-shaped" in looks[-1].reason


@pytest.mark.parametrize("share", [0.0, 0.001])
def test_before_anything_is_laid_down_there_is_nothing_to_say(eye, sent, share):
    look = eye.look(sent(MUG, share), "mug.gcode")
    assert (look.verdict, look.flagged) == (None, False)


def test_what_nobody_can_read_is_no_clear_look(eye, tmp_path):
    path = tmp_path / "sent.gcode"
    path.write_bytes(b"\x01\x02\xff\xfe" * 4000)
    look = eye.look(path, "sent.gcode")
    assert (look.verdict, look.flagged) == ("unreadable", False)


def test_a_lower_rule_lets_the_early_network_flag_alone(sent):
    judge, half = Judge(load_bundle()), sent(ENVELOPE, 0.5)
    calm = SoFar(judge, detector=False, early_at=1.0).look(half, "x.gcode")
    assert (calm.early > 0, calm.flagged) == (True, False)
    look = SoFar(judge, detector=False, early_at=calm.early).look(half, "x.gcode")
    assert look.flagged
    assert "early score" in look.reason
