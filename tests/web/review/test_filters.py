"""Addresses of lists: every filter is in them, and what cannot be meant is let be."""

from urllib.parse import parse_qsl, urlsplit

from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

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
