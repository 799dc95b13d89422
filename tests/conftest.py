"""What tests of all packages share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

# The same examples on every run and machine; `make fuzz` searches for new ones.
settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.load_profile("repeatable")

CHECKOUT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real jobs and meshes; skips where it is absent.

    Found through PRINTWARDEN_SHARED, else as `shared` beside the checkout.
    """
    root = Path(os.environ.get("PRINTWARDEN_SHARED", CHECKOUT.parent / "shared"))
    data = root / "data"
    if not data.is_dir():
        pytest.skip(f"no real data at {data}; set PRINTWARDEN_SHARED to the folder that holds it")
    return data
