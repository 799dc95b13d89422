"""`printwarden audit`: whole or broken, in words and by exit status."""

import sqlite3

import pytest
from click.testing import CliRunner

from web.actor import Actor
from web.audit.chain import append
from web.audit.cli import audit


@pytest.fixture
def ask(database, site, settings):
    with database.writing() as session:
        for _ in range(5):
            append(session, Actor(site, "user:1"), "tried")

    def run(*words):
        return CliRunner().invoke(audit, [*words, "--state", str(settings.state)])

    return run


def tamper(settings):
    with sqlite3.connect(settings.state / "console.db") as connection:
        connection.execute("DROP TRIGGER audit_line_is_never_changed")
        connection.execute(
            "UPDATE audit_line SET body = replace(body, 'tried', 'liked') WHERE sequence = 3"
        )


def test_a_whole_log_is_said_to_hold(ask):
    done = ask("verify")
    assert done.exit_code == 0
    assert "all 6 records hold" in done.output


def test_the_first_broken_record_is_named(ask, settings):
    tamper(settings)
    done = ask("verify")
    assert done.exit_code == 4
    assert "record 3 does not hold" in done.output


def test_an_export_is_proved_without_the_database(ask, tmp_path):
    file = tmp_path / "log.jsonl"
    file.write_text(ask("export").output)
    done = CliRunner().invoke(audit, ["verify", str(file)])
    assert done.exit_code == 0, done.output


def test_a_witness_shows_a_log_that_is_gone(ask, tmp_path, settings):
    file = tmp_path / "monday.json"
    file.write_text(ask("witness").output)
    with sqlite3.connect(settings.state / "console.db") as connection:
        connection.execute("DROP TRIGGER audit_line_is_never_cut")
        connection.execute("DELETE FROM audit_line WHERE sequence > 2")
    done = ask("verify", "--witness", str(file))
    assert done.exit_code == 4
    assert "a witness has seen record 6" in done.output
