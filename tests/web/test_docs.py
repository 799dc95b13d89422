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


HERE = Path(__file__).resolve().parent
REFUSED = re.findall(
    r"\| `([\w/]+\.py)::(test_\w+)` \|", (HERE.parents[1] / "docs/console.md").read_text("utf-8")
)


@pytest.mark.parametrize(("file", "test"), REFUSED, ids=[row[1] for row in REFUSED])
def test_what_is_said_to_be_refused_has_the_test_that_is_named(file, test):
    assert f"\ndef {test}(" in (HERE / file).read_text(encoding="utf-8")


def test_the_list_of_what_is_refused_is_there():
    assert len(REFUSED) > 20


@pytest.mark.parametrize("word", [*WORDS, *REQUESTS])
def test_it_is_documented(word):
    assert f"`{word}`" in PAGE or f"/{word}`" in PAGE
