"""What the guard can be told and can find, its page tells; and the daemon stays light."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import BaseModel

from printer_guard.cli import guard
from printer_guard.init import settings_text
from printer_guard.policy import Finding
from printer_guard.printers.registry import KINDS
from printer_guard.settings import Settings
from printer_guard.settings_file import read_settings

ROOT = Path(__file__).resolve().parents[2]
TESTS = ROOT / "tests" / "printer_guard"
NAMED = re.compile(r"`([\w/]+\.py)?(?:::)?(test_\w+)?`")
PAGES = "\n".join(page.read_text(encoding="utf-8") for page in (ROOT / "docs").glob("guard*.md"))


def keys_of(model: type[BaseModel], above: str = "") -> list[str]:
    keys = []
    for name, field in model.model_fields.items():
        if isinstance(field.default, BaseModel):
            keys += keys_of(type(field.default), f"{above}{name}.")
        elif name not in {"actions", "printers"}:
            keys.append(f"{above}{name}")
    return keys


@pytest.mark.parametrize("key", keys_of(Settings))
def test_every_setting_is_documented(key):
    assert f"`{key}`" in PAGES


@pytest.mark.parametrize("finding", Finding)
def test_every_finding_is_documented(finding):
    assert f"`{finding}`" in PAGES


@pytest.mark.parametrize("command", sorted(guard.commands))
def test_every_command_is_documented(command):
    assert f"printwarden guard {command}" in PAGES


def test_every_test_that_a_page_names_exists():
    """`a.py::test_b`, and `::test_c` after it, of the same file."""
    files = {str(path.relative_to(TESTS)): path for path in TESTS.rglob("test_*.py")}
    files |= {str(path.relative_to(ROOT)): path for path in (ROOT / "tests/web").rglob("test_*.py")}
    named = NAMED.findall((ROOT / "docs/guard.md").read_text(encoding="utf-8"))
    assert len(named) > 30
    file = ""
    for own, test in named:
        file = own or file
        assert not test or f"def {test}(" in files[file].read_text(encoding="utf-8"), (file, test)


@pytest.mark.parametrize("kind", ["serial", "simulated", "octoprint", "moonraker"])
def test_every_kind_of_printer_that_works_is_in_the_table(kind):
    assert kind in KINDS


@pytest.mark.parametrize("observe", [True, False])
def test_what_init_writes_can_be_read(tmp_path, observe):
    path = tmp_path / "guard.toml"
    path.write_text(settings_text("shed", [], observe=observe), encoding="utf-8")
    settings = read_settings(path)
    assert settings.mode == ("observe" if observe else "enforce")
    assert settings.printers["demo"].kind == "simulated"


def test_the_daemon_loads_nothing_heavy():
    code = "import sys, printer_guard.daemon; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"numpy", "onnxruntime", "cryptography", "PIL", "torch"} & set(done.stdout.split())
