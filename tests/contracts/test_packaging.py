"""What is installed is what was written: one version, the kernel's sources, nothing more."""

import os
import re
import subprocess
import sys
import sysconfig
import tomllib
import zipfile
from importlib.metadata import PackageNotFoundError, version
from itertools import chain
from pathlib import Path

import pytest

import printwarden

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
CONSTRAINTS = (ROOT / "constraints.txt").read_text(encoding="utf-8")
PACKAGES = {"dataset_builder", "classifier", "printer_guard", "web", "model_compression"}


def project_name(requirement: str) -> str:
    return re.split(r"[\s\[<>=!~;]", requirement)[0].lower().replace("_", "-")


def build_wheel(folder: Path, **environment: str) -> Path:
    """Build the wheel as pip does, without asking the network for hatchling."""
    pytest.importorskip(
        "hatchling", reason="the build backend is not installed: pip install -e .[dev]"
    )
    call = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(
        call,
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    (wheel,) = folder.glob("*.whl")
    return wheel


def test_the_version_stands_in_printwarden_py_only():
    assert "version" not in PROJECT
    assert PROJECT["dynamic"] == ["version"]


def test_the_installed_version_is_that_of_the_checkout():
    try:
        installed = version("printwarden")
    except PackageNotFoundError:
        pytest.skip("printwarden is not installed here: pip install -e .")
    assert installed == printwarden.__version__


def test_the_changelog_knows_the_version():
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.search(rf"^## {re.escape(printwarden.__version__)}\b", changelog, re.MULTILINE)


def test_every_requirement_has_a_tested_version():
    lists = [PROJECT["dependencies"], *PROJECT["optional-dependencies"].values()]
    required = {project_name(line) for line in chain.from_iterable(lists)}
    pinned = {project_name(line) for line in CONSTRAINTS.splitlines() if "==" in line}
    assert required - {"printwarden"} <= pinned


def test_no_constraint_names_a_local_build():
    pins = [line.partition("#")[0] for line in CONSTRAINTS.splitlines()]
    assert not [pin for pin in pins if "+" in pin], "1.0+cpu exists on one index only"


@pytest.mark.slow
def test_a_wheel_holds_every_package_and_the_sources_of_the_kernel(tmp_path):
    wheel = build_wheel(tmp_path)
    names = set(zipfile.ZipFile(wheel).namelist())
    tops = {name.partition("/")[0] for name in names if ".dist-info" not in name}
    assert tops == {*PACKAGES, "printwarden.py"}
    kernel = ROOT / "dataset_builder" / "kernel"
    sources = {path for pattern in ("*.c", "*.h", "*.py") for path in kernel.glob(pattern)}
    assert {str(path.relative_to(ROOT)) for path in sources} <= names
    built = "dataset_builder/kernel/_kernel.so" in names
    platform = re.sub(r"[-.]", "_", sysconfig.get_platform())
    assert wheel.stem.endswith(f"py3-none-{platform if built else 'any'}")


@pytest.mark.slow
def test_a_wheel_is_pure_where_there_is_no_compiler(tmp_path):
    wheel = build_wheel(tmp_path, PATH=str(tmp_path), CC="")
    assert wheel.stem.endswith("py3-none-any")
    assert not [name for name in zipfile.ZipFile(wheel).namelist() if name.endswith(".so")]
