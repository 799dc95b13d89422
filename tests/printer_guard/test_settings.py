"""Settings say what they are, where they come from, and name what cannot be meant."""

from pathlib import Path

import pytest

from printer_guard.errors import SettingsError
from printer_guard.policy import Action, Finding, Mode
from printer_guard.settings_file import explain_settings, parse_settings, read_settings

TABLE = """
[guard]
name = "shed"
mode = "observe"

[guard.actions]
review = "release"

[guard.judging]
seconds = 30

[guard.printers.voron]
kind = "moonraker"
url = "http://127.0.0.1:7125"
actions = { flagged = "refuse" }
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "guard.toml"
    path.write_text(TABLE)
    return path


def test_a_file_says_what_holds(file):
    settings = read_settings(file)
    assert (settings.name, settings.mode, settings.judging.seconds) == ("shed", Mode.OBSERVE, 30)
    assert settings.printers["voron"].options() == {"url": "http://127.0.0.1:7125"}
    assert settings.actions_for("voron") == {
        Finding.REVIEW: Action.RELEASE,
        Finding.FLAGGED: Action.REFUSE,
    }


def test_the_environment_stands_over_the_file(file, monkeypatch):
    monkeypatch.setenv("PRINTWARDEN_GUARD__JUDGING__SECONDS", "60")
    monkeypatch.setenv("PRINTWARDEN_GUARD__NAME", "barn")
    settings = read_settings(file)
    assert (settings.judging.seconds, settings.name) == (60, "barn")


def test_every_setting_tells_where_it_comes_from(file, monkeypatch):
    monkeypatch.setenv("PRINTWARDEN_GUARD__WATCH__HITS", "3")
    origin = {value.key: value.origin for value in explain_settings(file)}
    assert origin["judging.seconds"] == str(file)
    assert origin["watch.hits"] == "environment"
    assert origin["halting.step_s"] == "default"


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ({"nmae": "x"}, r"\[guard\]: no setting 'nmae'"),
        ({"judging": {"seconds": 0}}, r"\[guard.judging\]: seconds = 0: .*greater"),
        ({"actions": {"review": "burn"}}, r"\[guard.actions\]: review = 'burn'"),
        ({"actions": {"reviwe": "hold"}}, r"\[guard.actions\]: reviwe = 'reviwe'"),
        ({"printers": {"x": {"url": "y"}}}, r"\[guard.printers.x\]: kind is missing"),
        ({"console": {"url": "ftp://x"}}, r"\[guard.console\]: url = 'ftp://x'"),
        ({"watch": 3}, r"\[guard\]: watch = 3"),
    ],
    ids=str,
)
def test_what_cannot_be_meant_is_named_with_file_table_and_key(table, words):
    with pytest.raises(SettingsError, match=r"^guard\.toml, " + words):
        parse_settings(table, "guard.toml")


@pytest.mark.parametrize("text", [None, "[guard", "name = 1"])
def test_a_file_that_is_none_says_what_to_do(tmp_path, text):
    path = tmp_path / "guard.toml"
    if text is not None:
        path.write_text(text)
    with pytest.raises(SettingsError, match="guard init"):
        read_settings(path)
