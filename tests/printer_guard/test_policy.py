"""Nothing that went wrong is ever a reason to release."""

import pytest

from printer_guard.policy import SAFE, Action, Finding, Mode, overridden, rule
from printer_guard.printers.base import Level

CAMERA = {Finding.CAMERA_DIFFERS, Finding.CAMERA_BLIND}  # of bytes that were cleared
FREE = {Finding.CLEAR, Finding.UNSEEN_STREAM} | CAMERA


@pytest.mark.parametrize("finding", Finding)
def test_a_site_that_says_nothing_holds_all_but_the_clear_and_the_watched(finding):
    assert (rule(finding, "why", {}).action is Action.RELEASE) == (finding in FREE)


@pytest.mark.parametrize("word", ["", "clearish", "CLEAR", "none"])
def test_a_finding_that_nobody_knows_is_held(word):
    assert rule(word, "why", {}).action is Action.HOLD


@pytest.mark.parametrize("finding", Finding)
@pytest.mark.parametrize("action", Action)
def test_a_site_decides_each_finding(finding, action):
    assert rule(finding, "why", {finding: action}).action is action
    others = [rule(other, "why", {finding: action}).action for other in Finding if other != finding]
    assert others == [SAFE[other] for other in Finding if other != finding]


@pytest.mark.parametrize("finding", Finding)
def test_observing_releases_and_remembers_what_would_have_been(finding):
    ruling = rule(finding, "why", {}, Mode.OBSERVE)
    assert (ruling.action, ruling.asked) == (Action.RELEASE, SAFE[finding])


def test_an_override_says_who_and_why():
    ruling = overridden(rule(Finding.FLAGGED, "looks so", {}), "ann", "a toy of mine")
    assert (ruling.action, ruling.asked) == (Action.RELEASE, Action.HOLD)
    assert ruling.reason == "released by ann: a toy of mine"


def test_levels_are_in_the_order_of_their_harm():
    assert sorted(Level) == [
        Level.HOLD, Level.PAUSE, Level.CANCEL, Level.QUICKSTOP, Level.EMERGENCY,
    ]  # fmt: skip
