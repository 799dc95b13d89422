"""The command starts fast, fails in words, and never reports a failure as success."""

import os
import subprocess
import sys
from pathlib import Path

import click
import pytest

import printwarden
from printwarden import VERBS, Verb, main

ROOT = Path(printwarden.__file__).parent
HEAVY = ("numpy", "rich", "onnxruntime", "trimesh", "torch", "cv2", "PIL", "scipy")
OURS = ("dataset_builder", "classifier", "printer_guard", "web", "model_compression")
REPORT = """
import sys, printwarden
status = printwarden.main(sys.argv[1:])
print("loaded", *sys.modules)
sys.exit(status)
"""


def loaded_by(*words):
    """The top-level modules in memory after `printwarden *words` in a fresh process."""
    call = [sys.executable, "-c", REPORT, *words]
    done = subprocess.run(call, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.rpartition("loaded ")[2].split())


@pytest.fixture
def verb(monkeypatch):
    """Make `printwarden try` run a function given by the test."""

    def plant(function):
        command = click.Command("try", callback=function)
        monkeypatch.setattr(sys.modules[__name__], "planted", command, raising=False)
        monkeypatch.setitem(sys.modules, "planted_cli", sys.modules[__name__])
        monkeypatch.setattr(printwarden, "VERBS", {"try": Verb("planted_cli:planted", "")})

    return plant


def test_the_list_of_verbs_imports_nothing_of_ours_and_nothing_heavy():
    assert not loaded_by("--help") & {*HEAVY, *OURS}


@pytest.mark.parametrize("name", VERBS)
def test_the_help_of_a_verb_imports_nothing_heavy(name):
    assert not loaded_by(name, "--help") & set(HEAVY)


@pytest.mark.parametrize("package", sorted({verb.target.split(".")[0] for verb in VERBS.values()}))
def test_a_package_with_verbs_answers_to_python_m(package):
    call = [sys.executable, "-m", package, "--help"]
    done = subprocess.run(call, cwd=ROOT, capture_output=True, text=True, check=True)
    assert f"Usage: python -m {package} " in done.stdout
    listed = {line.split()[0] for line in done.stdout.partition("Commands:")[2].split("\n") if line}
    assert listed == {name for name, verb in VERBS.items() if verb.target.startswith(package)}


def test_an_unknown_verb_is_told_the_known_ones(capsys):
    assert main(["scna"]) == 2
    assert f"no command 'scna'; there are: {', '.join(VERBS)}" in capsys.readouterr().err


def test_no_words_at_all_show_the_help(capsys):
    assert main([]) == 0
    assert "Usage: printwarden " in capsys.readouterr().out


def test_the_version_is_told(capsys):
    assert main(["--version"]) == 0
    assert printwarden.__version__ in capsys.readouterr().out


def test_python_m_printwarden_is_the_same_command():
    call = [sys.executable, "-m", "printwarden", "--version"]
    done = subprocess.run(call, cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == f"printwarden, version {printwarden.__version__}\n"


def test_a_fault_is_one_sentence_and_never_success(verb, capsys, monkeypatch):
    def fail():
        raise ValueError("two\nlines")

    verb(fail)
    monkeypatch.delenv("PRINTWARDEN_DEBUG", raising=False)
    assert main(["try"]) == 1
    assert capsys.readouterr().err == (
        "printwarden: internal fault: ValueError: two lines "
        "(run with PRINTWARDEN_DEBUG=1 for the traceback)\n"
    )


def test_a_fault_shows_its_traceback_on_request(verb, capsys, monkeypatch):
    verb(lambda: 1 / 0)
    monkeypatch.setenv("PRINTWARDEN_DEBUG", "1")
    assert main(["try"]) == 1
    assert "Traceback" in capsys.readouterr().err


def test_a_missing_extra_is_named_with_the_words_to_type(verb, capsys):
    def train():
        raise ModuleNotFoundError("No module named 'torch'", name="torch")

    verb(train)
    assert main(["try"]) == 1
    assert "needs torch, which is not installed: pip install 'printwarden[train]'" in (
        capsys.readouterr().err
    )


def test_the_exit_status_of_a_verb_is_kept(verb):
    verb(lambda: click.get_current_context().exit(4))
    assert main(["try"]) == 4


def test_what_a_verb_returns_is_no_exit_status(verb):
    verb(lambda: 3)
    assert main(["try"]) == 0


def test_an_interrupt_ends_quietly_as_a_shell_expects(verb, capsys):
    def interrupt():
        raise KeyboardInterrupt

    verb(interrupt)
    assert main(["try"]) == 130
    assert not capsys.readouterr().err


@pytest.mark.skipif(os.name != "posix", reason="pipes close differently elsewhere")
def test_a_closed_pipe_is_no_fault():
    reader, writer = os.pipe()
    os.close(reader)
    call = [sys.executable, "-m", "printwarden", "--help"]
    with os.fdopen(writer, "wb") as pipe:
        done = subprocess.run(call, cwd=ROOT, stdout=pipe, stderr=subprocess.PIPE, check=False)
    assert (done.returncode, done.stderr) == (141, b"")
