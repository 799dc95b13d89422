"""A library of references on disk: whole or not at all, and nobody else's."""

import multiprocessing
import stat
import zlib

import numpy as np
import pytest

from classifier.runtime.known import store
from classifier.runtime.known.body import Body
from classifier.runtime.known.errors import LibraryError
from classifier.runtime.known.library import (
    LEAST_OVERLAP,
    Kind,
    Label,
    Library,
    Terms,
    agreed_terms,
    new_label,
)
from classifier.runtime.known.shape import Shape
from classifier.runtime.known.store import FILE, change_library, default_folder, load_library
from tests.classifier.known_parts import PARTS, drawn

SHAPES = {name: Shape.of(Body.of(drawn(PARTS[name]()))) for name in ("bracket", "cube", "disc")}
TERMS = Terms(Kind.ALLOW, 1.25, 0.9)


def label(name):
    return Label(name, f"about {name}", "2026-01-01T00:00:00+00:00")


@pytest.fixture
def folder(tmp_path):
    """A library of three."""
    place = tmp_path / "deep" / "references"
    for name, shape in SHAPES.items():
        change_library(place, lambda now: now.with_reference(label(name), TERMS, shape))  # noqa: B023
    return place


def assert_holds(library, names):
    assert [each.name for each in library.labels] == names
    for name in names:
        kept = library.shape(library.index(name))
        for field in ("levels", "spreads_mm", "extent_mm", "descriptor", "peak", "cell_mm"):
            np.testing.assert_allclose(getattr(kept, field), getattr(SHAPES[name], field), 1e-6)


def test_what_was_enrolled_is_read_back(folder):
    library = load_library(folder)
    assert_holds(library, list(SHAPES))
    assert library.labels[1] == label("cube")
    terms = library.terms(1)
    assert (terms.kind, terms.scale) == (Kind.ALLOW, 1.25)
    assert terms.least_overlap == pytest.approx(0.9)


@pytest.mark.parametrize("gone", SHAPES)
def test_removing_one_leaves_the_others_as_they_were(folder, gone):
    change_library(folder, lambda now: now.without(now.index(gone)))
    assert_holds(load_library(folder), [name for name in SHAPES if name != gone])


def test_the_last_one_removed_leaves_an_empty_library(folder):
    for name in SHAPES:
        change_library(folder, lambda now: now.without(now.index(name)))  # noqa: B023
    assert len(load_library(folder)) == 0


def test_the_file_is_the_owners_alone_and_nothing_else_is_left(folder):
    (path,) = folder.iterdir()
    assert path.name == FILE
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("share", [0.02, 0.3, 0.7, 0.999])
def test_a_single_altered_byte_is_noticed(folder, share):
    path = folder / FILE
    data = bytearray(path.read_bytes())
    data[int(share * len(data))] ^= 1
    path.write_bytes(data)
    with pytest.raises(LibraryError, match=r"references\.bin: (was altered|is no library)"):
        load_library(folder)


@pytest.mark.parametrize("data", [b"", b"\n\n\n", b"printwarden.references/2\n" + b"0\n" * 3])
def test_another_file_is_no_library(tmp_path, data):
    (tmp_path / FILE).write_bytes(data)
    with pytest.raises(LibraryError, match="is no library of schema"):
        load_library(tmp_path)


@pytest.mark.parametrize(
    ("header", "body"),
    [
        (b"{}", b""),
        (b"[]", b""),
        (b'{"labels": [["a", "b"]]}', b""),
        (b'{"labels": [["a", "b", "c"]]}', b"short"),
        (b'{"labels": [["a", "b", "c"]]}', b"\xff" * 400),
    ],
)
def test_a_well_signed_file_of_nonsense_is_damaged(tmp_path, header, body):
    import hashlib

    rest = header + b"\n" + body
    digest = hashlib.sha256(rest).hexdigest().encode()
    (tmp_path / FILE).write_bytes(store.SCHEMA.encode() + b"\n" + digest + b"\n" + rest)
    with pytest.raises(LibraryError, match="is damaged"):
        load_library(tmp_path)


@pytest.mark.parametrize("field", ["sides", "start", "bytes"])
def test_a_row_that_points_elsewhere_gives_no_shape(folder, field):
    library = load_library(folder)
    rows = library.rows.copy()
    rows[field][0] += 2
    with pytest.raises(LibraryError, match="its cells are damaged"):
        Library(library.labels, rows, library.blocks).shape(0)


def test_a_block_is_never_unpacked_beyond_its_sides(folder):
    library = load_library(folder)
    rows = library.rows[:1].copy()
    bomb = zlib.compress(bytes(100 << 20))
    rows["start"], rows["bytes"] = 0, len(bomb)
    with pytest.raises(LibraryError, match="its cells are damaged"):
        Library(library.labels[:1], rows, bomb).shape(0)


def test_a_taken_name_changes_nothing(folder):
    before = (folder / FILE).stat()
    with pytest.raises(LibraryError, match="has a reference 'cube' already"):
        change_library(folder, lambda now: now.with_reference(label("cube"), TERMS, SHAPES["disc"]))
    after = (folder / FILE).stat()
    assert (after.st_mtime_ns, after.st_ino) == (before.st_mtime_ns, before.st_ino)


def test_a_refused_first_reference_makes_no_folder(tmp_path):
    with pytest.raises(LibraryError, match="has no reference 'x'"):
        change_library(tmp_path / "new", lambda now: now.without(now.index("x")))
    assert list(tmp_path.iterdir()) == []


def test_a_write_that_fails_leaves_the_old_library(folder, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(store.os, "fsync", full)
    with pytest.raises(LibraryError, match="cannot be written"):
        change_library(folder, lambda now: now.without(0))
    assert [path.name for path in folder.iterdir()] == [FILE]
    assert_holds(load_library(folder), list(SHAPES))


def _enrol(folder, number):
    change_library(
        folder, lambda now: now.with_reference(label(f"part-{number}"), TERMS, SHAPES["cube"])
    )


def test_references_enrolled_at_the_same_time_are_all_kept(tmp_path):
    context = multiprocessing.get_context("fork")
    writers = [context.Process(target=_enrol, args=(tmp_path, number)) for number in range(6)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    names = {each.name for each in load_library(tmp_path).labels}
    assert names == {f"part-{number}" for number in range(6)}


def test_a_named_folder_without_a_library_is_an_error_and_the_default_one_is_not(
    tmp_path, monkeypatch
):
    with pytest.raises(LibraryError, match="holds no references"):
        load_library(tmp_path)
    monkeypatch.setenv("PRINTWARDEN_REFERENCES", str(tmp_path))
    assert len(load_library()) == 0


def test_the_default_folder_follows_the_environment(monkeypatch, tmp_path):
    monkeypatch.delenv("PRINTWARDEN_REFERENCES", raising=False)
    monkeypatch.setattr(store.sys, "platform", "linux")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert default_folder() == tmp_path / "printwarden" / "references"
    monkeypatch.setenv("PRINTWARDEN_REFERENCES", "/elsewhere")
    assert str(default_folder()) == "/elsewhere"


@pytest.mark.parametrize("name", ["", "  ", "two\nlines", "x" * 81, "\x1b[31mred"])
def test_a_name_prints_on_one_line(name):
    with pytest.raises(LibraryError, match="--name"):
        new_label(name, "")


def test_terms_left_open_are_the_usual_ones_of_the_kind():
    assert agreed_terms("flag", None, None) == Terms()
    assert agreed_terms("allow", None, None).least_overlap == LEAST_OVERLAP[Kind.ALLOW]
    assert agreed_terms("allow", 1.5, 0.8) == Terms(Kind.ALLOW, 1.5, 0.8)
