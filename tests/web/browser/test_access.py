"""Everybody can use it: no violation that axe finds, no sideways scrolling, on any size."""

import pytest

from web.benchmarks.made_up import fill
from web.models.people import Role
from web.wording import LANGUAGES

axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed")
pytestmark = pytest.mark.slow
PATHS = (
    "/jobs", "/fleet", "/fleet/updates", "/standing", "/scans", "/reports", "/log", "/people",
    "/keys", "/account", "/privacy",
)  # fmt: skip
OPEN_ALL = "for (const part of document.querySelectorAll('details')) part.open = true"


@pytest.fixture
def filled(database, site):
    with database.writing() as session:
        fill(session, site, 60)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_axe_finds_nothing(size, scheme, filled, held, signed_in_page):
    page = signed_in_page("ann", Role.ADMINISTRATOR, size, color_scheme=scheme)
    found = {}
    for path in (*PATHS, f"/jobs/{held.id}"):
        page.goto(path)
        page.evaluate(OPEN_ALL)
        results = axe.Axe().run(page)
        if results.violations_count:
            found[path] = results.generate_report()
    assert found == {}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_before_the_sign_in(scheme, page_of):
    page = page_of(color_scheme=scheme)
    page.goto("/sign-in")
    assert axe.Axe().run(page).violations_count == 0


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("size", ["zoom", "phone", "narrow"])
def test_nothing_scrolls_sideways(size, language, filled, held, signed_in_page):
    page = signed_in_page("ann", Role.ADMINISTRATOR, size)
    page.context.set_extra_http_headers({"Accept-Language": language})
    too_wide = []
    for path in (*PATHS, f"/jobs/{held.id}"):
        page.goto(path)
        page.evaluate(OPEN_ALL)
        assert page.evaluate("document.documentElement.lang") == language
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            too_wide.append(path)
    assert too_wide == []
