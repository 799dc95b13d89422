"""A journal outlives whatever happens to its run."""

from __future__ import annotations

from model_compression.bench.journal import add_line, read_journal


def test_lines_come_back_by_key_the_last_one_of_each(tmp_path):
    path = tmp_path / "new" / "journal.jsonl"
    assert read_journal(path) == {}
    for entry in ({"key": "a", "n": 1}, {"key": "b", "n": 2}, {"key": "a", "n": 3}):
        add_line(path, entry)
    assert read_journal(path) == {"a": {"key": "a", "n": 3}, "b": {"key": "b", "n": 2}}


def test_a_torn_line_is_left_out_and_spoils_no_other(tmp_path):
    path = tmp_path / "journal.jsonl"
    add_line(path, {"key": "a"})
    path.write_bytes(path.read_bytes() + b'{"key": "b", "n')
    assert list(read_journal(path)) == ["a"]
    add_line(path, {"key": "c"})
    assert list(read_journal(path)) == ["a", "c"]
