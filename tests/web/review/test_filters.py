"""Addresses of lists: every filter is in them, and what cannot be meant is let be."""

import re
from html import unescape
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from web.benchmarks.made_up import fill
from web.models.jobs import OPEN
from web.review.filters import DAYS, STATES, VERDICTS, Chosen

words = st.text(max_size=20).map(str.strip)
chosen = st.builds(
    Chosen,
    state=st.sampled_from(list(STATES)),
    verdict=st.sampled_from(["", *VERDICTS]),
    days=st.sampled_from(["", *DAYS]),
    printer=words,
    by=words,
    q=words,
)


@given(chosen)
def test_an_address_says_all_that_was_chosen(before):
    query = urlsplit(before.url("/jobs")).query
    assert Chosen.of(MultiDict(parse_qsl(query, keep_blank_values=True))) == before


def test_what_cannot_be_meant_counts_as_not_said():
    strange = MultiDict({"state": "gone", "verdict": "evil", "days": "-1", "before": "x~"})
    assert Chosen.of(strange).said() == [("before", "x~")]
    assert Chosen.of(strange).filter().before is None


def test_nothing_chosen_is_what_waits_for_a_person():
    assert tuple(Chosen.of(MultiDict()).filter().states) == OPEN


def test_a_changed_filter_begins_at_the_first_page():
    later = Chosen(before="1.5~abc")
    assert later.filter().before == (1.5, "abc")
    assert later.url("/jobs", verdict="review") == "/jobs?verdict=review"


@pytest.mark.parametrize("state", [state for state in STATES if state])
def test_a_state_that_no_job_is_in_shows_an_empty_list(signed_in, state):
    shown = signed_in().get(f"/jobs?state={state}")
    assert shown.status_code == 200
    assert "No job fits these filters." in shown.text


def counts(text):
    """What the filters say beside each of their links: address -> count."""
    links = re.findall(r'<a href="(/jobs[^"]*)"[^>]*>(.*?)</a>', text, re.DOTALL)
    found = ((href, re.search(r'class="count">(\d+)<', inside)) for href, inside in links)
    return {unescape(href): int(count[1]) for href, count in found if count}


@pytest.mark.parametrize(
    "path", ["/jobs", "/jobs?q=cup", "/jobs?state=all", "/jobs?verdict=flagged"]
)
def test_a_count_is_what_a_click_on_it_leads_to(database, site, signed_in, path):
    with database.writing() as session:
        fill(session, site, 45)
    browser = signed_in()
    told = counts(browser.get(path).text)
    assert told or path != "/jobs"
    for href, count in told.items():
        assert browser.get(href).text.count('id="job-') == count, href
