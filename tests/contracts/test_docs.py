"""What the code offers, a document tells."""

import re
import tomllib
from pathlib import Path

import pytest

from classifier.runtime.policy import Action, Unfamiliar
from classifier.runtime.policy_file import GENERAL, SETTINGS, preset_names
from printwarden import VERBS

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
TARGETS = re.findall(r"^([a-z]+):.*## ", MAKEFILE, re.MULTILINE)


@pytest.fixture(scope="module")
def user_docs():
    """README.md and docs/ as one text."""
    readme = ROOT / "README.md"
    if not readme.exists():
        pytest.skip("there is no README.md yet")
    pages = [readme, *sorted((ROOT / "docs").rglob("*.md"))]
    return "\n".join(page.read_text(encoding="utf-8") for page in pages)


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_is_documented(verb, user_docs):
    assert re.search(rf"printwarden {verb}\b", user_docs)


@pytest.mark.parametrize("word", [*preset_names(), *GENERAL, *SETTINGS, *Action, *Unfamiliar])
def test_every_policy_and_every_word_of_one_is_documented(word):
    assert f"`{word}`" in (ROOT / "docs" / "policy.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("extra", PROJECT["optional-dependencies"])
def test_every_extra_is_documented(extra):
    assert f"`[{extra}]`" in (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("target", TARGETS)
def test_every_make_target_is_documented(target):
    assert f"`make {target}" in (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
