"""Evidence as guards send it, and as nobody should."""

import io
import json
import zipfile

import pytest

from web.errors import NotMeant, TooLarge
from web.evidence.index import SCHEMA
from web.evidence.unpacking import MOST_BYTES, unpack

PICTURE = b"RIFF\x04\x00\x00\x00WEBP"
SHOT = {"id": 1, "outcome": "review", "reason": "not sure", "about": "weapon-shaped", "seen": []}
RECORD = {
    "job": "cup.gcode", "verdict": "review", "reason": "", "weapon_score": 0.5, "objects": [],
    "flags": [], "warnings": [], "sha256": None, "model": {"name": "m"}, "policy": {"name": "p"},
}  # fmt: skip
INDEX = {
    "schema": SCHEMA, "record": RECORD, "thumb": None, "growths": [], "scene": None,
    "objects": [{**SHOT, "lying": [{"caption": "top", "picture": "object-1-xy.webp"}]}],
}  # fmt: skip
SKIN = {"id": 1, "outcome": "clear", "corners": "skin-1-corners.bin", "triangles": "skin-1-t.bin"}
SCENE = {"middle_mm": [0, 0, 0], "step_mm": 1, "skins": [SKIN], "strokes": []}


def packed(index=INDEX, **files):
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("evidence.json", index if isinstance(index, bytes) else json.dumps(index))
        for name, body in {"object-1-xy.webp": PICTURE, **files}.items():
            archive.writestr(name, body)
    return target.getvalue()


def test_parts_come_back_by_name():
    assert unpack(packed())["object-1-xy.webp"] == PICTURE


def test_a_jobs_name_is_no_file_that_must_be_there():
    unpack(packed({**INDEX, "record": {**RECORD, "job": "holiday.webp"}}))


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"PK nothing", "no ZIP"),
        (packed(b"[]"), "not what its name says"),
        (packed(b"{" * 100_000), "Invalid JSON"),
        (packed({**INDEX, "schema": "printwarden.evidence/9"}), "schema: Input should be"),
        (packed({**INDEX, "record": {**RECORD, "weapon_score": 7}}), "record.weapon_score"),
        (packed({**INDEX, "scene": {**SCENE, "step_mm": 1e300}}), "scene.step_mm"),
        (packed({**INDEX, "scene": SCENE}), "skin-1-corners.bin, which is not there"),
        (packed(**{"../../etc/passwd": b"x"}), "does not belong"),
        (packed(**{"/absolute.bin": b"x"}), "does not belong"),
        (packed(**{"script.html": b"<script>"}), "does not belong"),
        (packed(**{"object-2-xy.webp": b"<svg onload=alert(1)>"}), "not what its name says"),
    ],
)
def test_what_is_no_evidence_is_refused_in_words(data, words):
    with pytest.raises(NotMeant, match=words):
        unpack(data)


def test_too_many_bytes_are_refused_before_they_are_read():
    with pytest.raises(TooLarge):
        unpack(b"\0" * (MOST_BYTES + 1))


def test_what_unfolds_to_too_much_is_refused():
    bomb = packed(**{f"strokes-{n}.bin": b"\0" * (3 << 20) for n in range(9)})
    assert len(bomb) < 1 << 20
    with pytest.raises(TooLarge):
        unpack(bomb)
