"""Who may import whom, and what the tree promises a reader."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = [
    *(ROOT / name for name in ("dataset_builder", "classifier", "printer_guard", "web")),
    ROOT / "compression" / "model_compression",
]
MODULES = sorted(path for package in PACKAGES for path in package.rglob("*.py"))
TORCH_FREE = ("dataset_builder", "classifier.runtime", "printer_guard", "web")
RUN_BY_IMPORT = {"__main__", "env"}  # alembic carries migrations out by importing env.py
VAGUE = {"util", "utils", "helper", "helpers", "common", "misc", "manager", "base_utils", "core"}

IMPORT_ALL = """
import importlib, sys
for name in sys.argv[1:]:
    importlib.import_module(name)
print(*sys.modules)
"""


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def modules_of(package: str) -> list[str]:
    """The dotted names of all modules of *package* that may be imported without running them."""
    paths = Path(ROOT, *package.split(".")).rglob("*.py")
    parts = [path.relative_to(ROOT).with_suffix("").parts for path in paths]
    return [
        ".".join(part).removesuffix(".__init__") for part in parts if part[-1] not in RUN_BY_IMPORT
    ]


def test_the_import_rules_hold():
    call = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as c; c()"]
    environment = {"PYTHONPATH": f"{ROOT}:{ROOT / 'compression'}", "PATH": ""}
    done = subprocess.run(
        [*call, "--no-cache"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("package", TORCH_FREE)
def test_every_module_on_the_way_to_a_verdict_loads_without_torch(package):
    call = [sys.executable, "-c", IMPORT_ALL, *modules_of(package)]
    done = subprocess.run(call, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert not {"torch", "torchvision", "onnx"} & set(done.stdout.split())


@pytest.mark.parametrize(
    "path", [path for path in MODULES if path.name == "__init__.py"], ids=name_of
)
def test_a_package_file_holds_a_docstring_and_nothing_else(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert ast.get_docstring(tree), f"{name_of(path)} does not say what the package is"
    assert len(tree.body) == 1, f"{name_of(path)} holds code: importing a package must cost nothing"


def test_no_module_has_a_name_that_says_nothing():
    vague = [name_of(path) for path in MODULES if path.stem in VAGUE or path.parent.name in VAGUE]
    assert not vague
