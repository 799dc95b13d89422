"""Recipes are short, and documents name every recipe and every claim, and no others."""

import ast
import importlib
import re
import statistics
from pathlib import Path

import pytest

from model_compression import framework
from model_compression.bench.claims_table import CLAIMS
from model_compression.framework.recipe import Recipe
from model_compression.recipes import registry
from model_compression.recipes.registry import RECIPES
from model_compression.tasks.networks import NETWORKS

DOCS = Path(__file__).resolve().parents[3] / "docs"
METHODS, COMPRESSION = (DOCS / name for name in ("methods.md", "compression.md"))
HYPHENATED = re.compile(r"`([a-z0-9]+(?:-[a-z0-9]+)+)`")
CLAIMED = re.compile(r"compress\s+claims\s+((?:[a-z0-9]+(?:-[a-z0-9]+)+\s+)+)")


def recipes_of_files() -> dict[Path, list[str]]:
    """Each file of the package that holds recipes -> their names."""
    folder = Path(registry.__file__).parent
    found: dict[Path, list[str]] = {}
    for path in sorted(set(folder.glob("*.py")) - {Path(registry.__file__)}):
        values = vars(importlib.import_module(f"{registry.__package__}.{path.stem}")).values()
        rows = [value if isinstance(value, list) else [value] for value in values]
        names = [one.name for row in rows for one in row if isinstance(one, Recipe)]
        found |= {path: names} if names else {}
    return found


def test_every_recipe_has_one_file_and_every_file_is_registered():
    held = [name for names in recipes_of_files().values() for name in names]
    assert sorted(held) == sorted(RECIPES)


def test_the_median_recipe_has_fewer_than_sixty_lines():
    lengths = [
        len(path.read_text().splitlines()) / len(names)
        for path, names in recipes_of_files().items()
        for _ in names
    ]
    assert statistics.median(lengths) < 60


@pytest.mark.parametrize("path", recipes_of_files(), ids=lambda path: path.stem)
def test_a_file_of_recipes_is_short_and_has_two_classes_at_most(path):
    text = path.read_text()
    assert len(text.splitlines()) <= 120
    assert sum(isinstance(one, ast.ClassDef) for one in ast.walk(ast.parse(text))) <= 2


@pytest.mark.parametrize("page", [METHODS, COMPRESSION], ids=lambda page: page.stem)
def test_every_recipe_has_a_row_of_a_table_on_both_pages(page):
    first_cells = re.findall(r"^\| (`[^|]+) \|", page.read_text(), re.MULTILINE)
    named = {name for cell in first_cells for name in re.findall(r"`([^`]+)`", cell)}
    assert set(RECIPES) - named == set()


def test_every_file_of_the_framework_has_a_place_in_the_table_of_ideas():
    named = re.findall(r"`framework/(\w+)\.py`", COMPRESSION.read_text())
    files = {path.stem for path in Path(framework.__file__).parent.glob("*.py")} - {"__init__"}
    assert set(named) == files


def test_every_claim_is_named_among_the_methods():
    assert set(CLAIMS) - set(HYPHENATED.findall(METHODS.read_text())) == set()


def test_every_name_among_the_methods_is_a_recipe_a_network_or_a_claim():
    page = METHODS.read_text()
    named = set(HYPHENATED.findall(page))
    asked = {name for names in CLAIMED.findall(page) for name in names.split()}
    assert asked
    assert asked - set(CLAIMS) == set()
    assert named - set(RECIPES) - set(CLAIMS) - set(NETWORKS) == set()
