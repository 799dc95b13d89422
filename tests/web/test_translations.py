"""Every word of a page can be said in every language that the console offers, and is."""

import ast
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

import web
from tests.web.auth.test_sign_in import events
from web.errors import Refused
from web.models.people import Role
from web.translations import catalogues
from web.wording import LANGUAGES

SOURCES = sorted(Path(web.__file__).parent.rglob("*.py"))
TEMPLATES = Path(web.__file__).parent / "templates"
JINJA = re.compile(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", re.DOTALL)
PLACES = re.compile(r"%\(\w+\)\w|\b[A-Z]{5,}\b|\b0\.\d+\b")
SPOKEN = ("alt", "aria-label", "placeholder", "title")
OF_NO_LANGUAGE = {
    "Printwarden", "SHA-256", "JSON Lines", "CSV", "0 mm", "mm",
    "j", "k", "a", "d", "n", "x", "Enter",
}  # fmt: skip
OTHERS = catalogues.languages()


def test_every_kind_of_refusal_is_looked_for_in_the_source(app):
    def below(kind):
        return {kind.__name__, *(name for child in kind.__subclasses__() for name in below(child))}

    shown_to_programs_only = {"WrongKind"}
    assert below(Refused) - {"Refused"} - shown_to_programs_only == set(catalogues.REFUSALS)


def test_no_word_is_said_inside_of_a_formatted_string():
    """Babel does not look into those: what is said there would never be translated."""
    inside = []
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.JoinedStr):
                names = {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}
                inside += [(path.name, node.lineno)] * bool(names & {"_", "gettext", "ngettext"})
    assert inside == []


def test_each_language_that_is_offered_has_a_catalogue():
    assert set(LANGUAGES) == {"en", *OTHERS}


@pytest.mark.parametrize("language", OTHERS)
def test_a_catalogue_holds_every_word_of_the_source_and_none_besides(language):
    written = catalogues.written(language)
    assert {row.id for row in written} == {row.id for row in catalogues.extracted()}
    assert not written.obsolete


@pytest.mark.parametrize("language", OTHERS)
def test_every_word_is_translated_with_all_that_stands_in_it(language):
    lacking = []
    for row in catalogues.written(language):
        told = [row.string] if isinstance(row.id, str) else list(row.string)
        asked = row.id if isinstance(row.id, str) else row.id[1]
        if row.id and (row.fuzzy or not all(told)):
            lacking.append(row.id)
        if row.id and set(PLACES.findall(asked)) - {"JSON", "HTTPS"} != (
            set(PLACES.findall(told[-1])) - {"JSON", "HTTPS"}
        ):
            lacking.append(row.id)
    assert lacking == []


@pytest.mark.parametrize("language", OTHERS)
def test_what_pages_read_is_made_of_what_people_wrote(language):
    file = Path(catalogues.HERE, language, "LC_MESSAGES", "messages.mo")
    assert file.read_bytes() == catalogues.compiled(language)


class Naked(HTMLParser):
    """Collects words that are in a template as they are, not through `_`."""

    def __init__(self):
        super().__init__()
        self.found, self.inside = [], ""

    def handle_starttag(self, tag, attrs):
        self.inside = tag
        self.found += [value for name, value in attrs if name in SPOKEN and value]

    def handle_data(self, data):
        if self.inside not in ("script", "style"):
            self.found.append(data)


@pytest.mark.parametrize("path", sorted(TEMPLATES.rglob("*.html")), ids=lambda path: path.name)
def test_no_template_says_a_word_by_itself(path):
    parser = Naked()
    parser.feed(JINJA.sub("", path.read_text(encoding="utf-8")))
    words = {" ".join(part.split()).strip(" ·:,.–→←") for part in parser.found}  # noqa: RUF001
    spoken = {word for word in words if re.search(r"[^\W\d_]", word)}
    assert spoken - OF_NO_LANGUAGE == set()


def test_the_browser_says_which_language_unless_the_person_has(signed_in):
    browser = signed_in(Role.VIEWER)
    german = {"Accept-Language": "de-AT,de;q=0.9,en;q=0.5"}
    assert '<html lang="en"' in browser.get("/jobs").text
    assert "Warteschlange" in browser.get("/jobs", headers=german).text
    browser.post("/account/language", {"language": "en"})
    assert "Warteschlange" not in browser.get("/jobs", headers=german).text
    browser.post("/account/language", {"language": "de"})
    assert "Warteschlange" in browser.get("/jobs").text
    browser.post("/account/language", {"language": ""})
    assert '<html lang="en"' in browser.get("/jobs").text


def test_a_language_that_is_not_offered_is_refused(signed_in):
    assert signed_in(Role.VIEWER).post("/account/language", {"language": "x"}).status_code == 422


def test_a_refusal_is_told_in_the_readers_language_and_noted_in_english(signed_in, database, site):
    browser = signed_in(Role.VIEWER)
    refused = browser.get("/people", headers={"Accept-Language": "de"})
    assert "Dafür wird die Rolle Verwaltung gebraucht." in refused.text
    assert any("This needs the role" in line for line in events(database, site))


def test_programs_are_answered_in_english(app):
    refused = app.test_client().get("/api/v1/jobs", headers={"Accept-Language": "de"})
    assert refused.json["message"].startswith("A key is needed")
