"""Every endpoint, scope, setting and event is in docs/console-api.md."""

import re
from pathlib import Path

import pytest

from web.api.keys import SCOPES
from web.api.routes import ENDPOINTS
from web.settings import Settings
from web.webhooks.outbox import EVENTS

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "console-api.md").read_text(encoding="utf-8")
WORDS = [*SCOPES, *Settings.model_fields, *EVENTS]
REQUESTS = [f"{row.method} " + re.sub(r"<\w+:(\w+)>", r"{\1}", row.path) for row in ENDPOINTS]


@pytest.mark.parametrize("word", [*WORDS, *REQUESTS])
def test_it_is_documented(word):
    assert f"`{word}`" in PAGE or f"/{word}`" in PAGE
