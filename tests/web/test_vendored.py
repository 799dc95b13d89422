"""What is vendored is what was recorded, small, and with its licence."""

import hashlib
from pathlib import Path

import pytest

import web

VENDOR = Path(web.__file__).parent / "static" / "vendor"
RECORDED = [line.split() for line in (VENDOR / "SHA256SUMS").read_text().splitlines()]


@pytest.mark.parametrize(("digest", "name"), RECORDED, ids=[name for _, name in RECORDED])
def test_a_vendored_file_has_its_digest_and_its_licence(digest, name):
    assert hashlib.sha256((VENDOR / name).read_bytes()).hexdigest() == digest
    licence = VENDOR / f"{name.partition('.')[0]}.LICENSE"
    assert "MIT" in licence.read_text()


def test_no_page_loads_anything_from_elsewhere():
    package = Path(web.__file__).parent
    pages = [*package.glob("templates/**/*.html"), *package.glob("static/js/*.js")]
    assert pages
    for page in pages:
        text = page.read_text()
        assert "https://" not in text, page
        assert " style=" not in text, page
        assert " onclick=" not in text, page
