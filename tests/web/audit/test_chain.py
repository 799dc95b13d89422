"""The log proves itself, and names the first record that was touched."""

import json
import random

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from web.actor import Actor
from web.audit import reading
from web.audit.chain import append
from web.audit.verify import Link, verify


@pytest.fixture
def chain(database, site):
    with database.writing() as session:
        for number in range(20):
            append(session, Actor(site, "user:1"), "tried", str(number), why="=1+1")
    with database.session() as session:
        return list(reading.links(session, site))


def test_a_whole_chain_holds(chain):
    found = verify(chain)
    assert (found.broken, found.records) == (None, len(chain))


def damage(chain, how, dice):
    """A damaged copy, and the first record that cannot hold any more."""
    links, at = list(chain), dice.randrange(len(chain) - 1)
    link = links[at]
    if how == "words":
        links[at] = link._replace(
            body=link.body.replace("tried", "liked").replace("site-f", "site-g")
        )
    elif how == "hash":
        links[at] = link._replace(hash="0" * 64)
    elif how == "taken out":
        del links[at]
    elif how == "put in":
        links.insert(at, link)
        at += 1
    else:
        links[at], links[at + 1] = links[at + 1], links[at]
    return links


@pytest.mark.parametrize("how", ["words", "hash", "taken out", "put in", "swapped"])
def test_every_kind_of_tampering_shows(chain, how):
    dice = random.Random(how)
    for _ in range(200):
        assert verify(damage(chain, how, dice)).broken is not None


def test_a_body_written_anew_with_its_own_hash_breaks_the_next_record(chain):
    from web.audit.chain import link as linked

    forged = chain[4].body.replace("tried", "liked")
    chain[4] = Link(5, forged, linked(chain[3].hash, forged))
    assert verify(chain).broken == 6


def test_a_cut_tail_shows_against_a_witness_and_only_so(chain):
    last = chain[-1]
    assert verify(chain[:-3]).broken is None
    assert verify(chain[:-3], {last.sequence: last.hash}).broken == last.sequence - 2


def test_a_chain_of_another_site_is_none_of_this_one(chain, site):
    assert verify(chain, site="elsewhere").broken == 1
    assert verify(chain, site=site).broken is None


@pytest.mark.parametrize("statement", ["UPDATE audit_line SET body = ''", "DELETE FROM audit_line"])
def test_the_database_refuses_to_change_the_log(database, chain, statement):
    with pytest.raises(DatabaseError, match="append-only"), database.writing() as session:
        session.execute(text(statement))


def test_an_export_comes_back_and_proves_itself(chain):
    again = list(reading.from_json_lines(reading.as_json_lines(iter(chain))))
    assert again == chain


def test_a_spreadsheet_runs_no_formula(chain):
    rows = list(reading.as_csv(iter(chain)))
    assert len(rows) == len(chain) + 1
    assert not any(cell.startswith(("=", "@")) for row in rows for cell in row.split(","))


def test_the_page_of_the_log_shows_what_happened(database, site, chain):
    with database.session() as session:
        told = json.loads(reading.lines(session, site, event="tried")[0].body)
    assert told["details"] == {"why": "=1+1"}
