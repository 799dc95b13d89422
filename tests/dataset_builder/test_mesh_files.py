"""OBJ, PLY, OFF, GLB and AMF: the same box, and hostile variants."""

from __future__ import annotations

import io
import json
import random
import struct
import time
import zipfile

import numpy as np
import pytest

from dataset_builder.errors import ReadError
from dataset_builder.geometry.mesh import Mesh
from dataset_builder.readers.open_job import open_job

CORNERS = np.array([[x, y, z] for z in (0, 30) for y in (0, 20) for x in (0, 10)], float)
QUADS = [(0, 2, 3, 1), (4, 5, 7, 6), (0, 1, 5, 4), (2, 6, 7, 3), (0, 4, 6, 2), (1, 3, 7, 5)]
FACES = [face for a, b, c, d in QUADS for face in ((a, b, c), (a, c, d))]


def rows(values: object, form: str = "{}") -> str:
    return "".join(" ".join(form.format(v) for v in row) + "\n" for row in values)  # type: ignore[attr-defined]


OBJ_VERTICES = "".join(f"v {x} {y} {z}\n" for x, y, z in CORNERS)
OBJ = OBJ_VERTICES + "".join(f"f {a + 1} {b + 1} {c + 1}\n" for a, b, c in FACES)
OBJ_QUADS = OBJ_VERTICES + "".join("f " + " ".join(f"{v + 1}//1" for v in q) + "\n" for q in QUADS)
OBJ_RELATIVE = "".join(
    "".join(f"v {x} {y} {z}\n" for x, y, z in CORNERS[list(quad)]) + "f -4 -3 -2 \\\n -1\n"
    for quad in QUADS
)
PLY_HEAD = (
    "ply\nformat {} 1.0\ncomment made by hand\nelement vertex 8\n"
    "property float x\nproperty float y\nproperty float z\nelement face 12\n"
    "property list uchar int vertex_indices\nend_header\n"
)
PLY = PLY_HEAD.format("ascii") + rows(CORNERS) + rows([(3, *face) for face in FACES])
PLY_BINARY = (
    PLY_HEAD.format("binary_little_endian").encode()
    + CORNERS.astype("<f4").tobytes()
    + b"".join(struct.pack("<B3i", 3, *face) for face in FACES)
)
OFF = "OFF\n8 12 0\n" + rows(CORNERS) + rows([(3, *face) for face in FACES])


def glb(change: object = None, corners: np.ndarray = CORNERS / 1000) -> bytes:
    """A box in metres; *change* edits the scene before it is packed."""
    points = corners.astype("<f4").tobytes()
    indices = np.array(FACES, "<u2").tobytes()
    scene = {
        "asset": {"version": "2.0"},
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0}],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0}, "indices": 1, "material": 0}]}],
        "materials": [{"pbrMetallicRoughness": {"baseColorTexture": {"index": 0}}}],
        "textures": [{"source": 0}],
        "images": [{"uri": "/etc/passwd"}],
        "buffers": [{"byteLength": len(points + indices)}],
        "bufferViews": [
            {"buffer": 0, "byteLength": len(points)},
            {"buffer": 0, "byteOffset": len(points), "byteLength": len(indices)},
        ],
        "accessors": [
            {"bufferView": 0, "componentType": 5126, "count": 8, "type": "VEC3",
             "min": corners.min(0).tolist(), "max": corners.max(0).tolist()},
            {"bufferView": 1, "componentType": 5123, "count": 36, "type": "SCALAR"},
        ],
    }  # fmt: skip
    if callable(change):
        change(scene)
    text = json.dumps(scene).encode()
    text += b" " * (-len(text) % 4)
    body = struct.pack("<I4s", len(text), b"JSON") + text
    body += struct.pack("<I4s", len(points + indices), b"BIN\0") + points + indices
    return struct.pack("<4sII", b"glTF", 2, 12 + len(body)) + body


def amf(unit: str = "millimeter", constellation: str = "") -> str:
    vertices = "".join(
        f"<vertex><coordinates><x>{x}</x><y>{y}</y><z>{z}</z></coordinates></vertex>"
        for x, y, z in CORNERS
    )
    faces = "".join(
        f"<triangle><v1>{a}</v1><v2>{b}</v2><v3>{c}</v3></triangle>" for a, b, c in FACES
    )
    return (
        f'<?xml version="1.0"?><amf unit="{unit}"><object id="1"><mesh><vertices>{vertices}'
        f"</vertices><volume>{faces}</volume></mesh></object>{constellation}</amf>"
    )


def zipped(data: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("box.amf", data)
    return out.getvalue()


def read(data: bytes | str, name: str | None) -> tuple[Mesh, set[str]]:
    raw = data.encode() if isinstance(data, str) else data
    with open_job(io.BytesIO(raw), name=name) as job:
        return job.mesh(), job.flags


BOXES = {
    "obj": OBJ,
    "obj of quads with normals": OBJ_QUADS,
    "obj with relative indices": OBJ_RELATIVE,
    "obj that names a material file": "mtllib /etc/passwd\nusemtl a\ng g1\n" + OBJ,
    "ply": PLY,
    "ply, binary": PLY_BINARY,
    "off": OFF,
    "glb": glb(),
    "amf": amf(),
    "amf, zipped": zipped(amf()),
}


@pytest.mark.parametrize("case", BOXES)
def test_every_format_gives_the_same_box_in_millimetres(case):
    mesh, flags = read(BOXES[case], f"box.{case[:3]}")
    np.testing.assert_allclose(mesh.bbox_mm, [[0, 0, 0], [10, 20, 30]], atol=1e-5)
    assert len(mesh.triangles) == 12
    assert mesh.watertight
    assert mesh.volume_mm3 == pytest.approx(6000, rel=1e-5)
    assert flags == set()


@pytest.mark.parametrize("case", ["obj", "ply", "ply, binary", "off", "glb", "amf"])
def test_every_format_is_known_by_its_content(case):
    assert len(read(BOXES[case], None)[0].triangles) == 12


def test_scene_nodes_place_and_scale_their_mesh():
    def change(scene: dict) -> None:
        scene["scenes"] = [{"nodes": [0]}]
        scene["nodes"] = [{"children": [1, 2], "scale": [2, 2, 2]}, {"mesh": 0},
                          {"mesh": 0, "translation": [0.1, 0, 0]}]  # fmt: skip

    mesh, _ = read(glb(change), "box.glb")
    assert len(mesh.triangles) == 24
    np.testing.assert_allclose(mesh.bbox_mm, [[0, 0, 0], [220, 40, 60]], atol=1e-3)


def test_amf_units_and_constellations_are_applied():
    mesh, _ = read(amf("inch"), "box.amf")
    np.testing.assert_allclose(mesh.bbox_mm[1], np.array([10, 20, 30]) * 25.4)
    placed = (
        '<constellation id="2"><instance objectid="1"><deltax>100</deltax><rz>90</rz></instance>'
        '<instance objectid="1"/></constellation>'
    )
    mesh, _ = read(amf(constellation=placed), "box.amf")
    assert len(mesh.triangles) == 24
    np.testing.assert_allclose(mesh.bbox_mm, [[0, 0, 0], [100, 20, 30]], atol=1e-9)


def changed(**values: object) -> bytes:
    return glb(lambda scene: scene.update(values))


def accessor(**values: object) -> bytes:
    return glb(lambda scene: scene["accessors"][0].update(values))


LAUGH = '<!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>'
REFUSED = {
    "obj: index too high": OBJ + "f 1 2 99\n",
    "obj: index zero": OBJ + "f 0 1 2\n",
    "obj: index too low": OBJ + "f -99 1 2\n",
    "obj: no number": OBJ + "v a b c\n",
    "obj: NaN": OBJ.replace("v 0.0", "v nan", 1),
    "obj: two corners": OBJ + "f 1 2\n",
    "obj: no faces": OBJ_VERTICES,
    "obj: free-form": OBJ + "surf 0 1 0 1 1 2 3 4\n",
    "obj: a huge integer": OBJ + "f 1 2 " + "9" * 5000 + "\n",
    "ply: lying count": PLY.replace("vertex 8", "vertex 4000000000"),
    "ply: binary lying count": PLY_BINARY.replace(b"face 12", b"face 4000000000"),
    "ply: cut": PLY[: len(PLY) // 2],
    "ply: binary cut": PLY_BINARY[:-40],
    "ply: bad index": PLY.replace("3 0 2 3", "3 0 2 99"),
    "ply: no header end": "ply\nformat ascii 1.0\n",
    "off: lying count": OFF.replace("8 12", "800000000 12"),
    "off: cut": OFF[: len(OFF) // 2],
    "off: bad index": OFF.replace("3 0 2 3", "3 0 2 99"),
    "off: no counts": "OFF\nhello\n",
    "glb: cut": glb()[:-30],
    "glb: version 1": b"glTF\1\0\0\0" + glb()[8:],
    "glb: lying count": accessor(count=4_000_000_000),
    "glb: zero-filled accessor": accessor(count=4_000_000_000, bufferView=None),
    "glb: a text as count": accessor(count="many"),
    "glb: infinite count": accessor(count=float("inf")),
    "glb: nodes in a circle": changed(nodes=[{"children": [1]}, {"children": [0], "mesh": 0}]),
    "glb: a node of two parents": changed(
        nodes=[{"children": [2]}, {"children": [2]}, {"mesh": 0}]),
    "glb: many pieces": changed(
        meshes=[{"primitives": [{"attributes": {"POSITION": 0}, "indices": 1}] * 20_000}]),
    "glb: deep": changed(nodes=[{"children": [n + 1]} for n in range(3000)] + [{"mesh": 0}]),
    "glb: a file as buffer": changed(buffers=[{"uri": "/etc/passwd", "byteLength": 9}]),
    "glb: no such mesh": changed(nodes=[{"mesh": 7}]),
    "glb: compressed": changed(extensionsRequired=["KHR_draco_mesh_compression"]),
    "glb: NaN": glb(corners=np.full((8, 3), np.nan)),
    "glb: deep JSON": b"glTF" + struct.pack("<III4s", 2, 90_020, 90_000, b"JSON") + b"[" * 90_000,
    "amf: entities": amf().replace("<amf", LAUGH + "<amf", 1),
    "amf: bad index": amf().replace("<v1>0<", "<v1>99<", 1),
    "amf: negative index": amf().replace("<v1>0<", "<v1>-1<", 1),
    "amf: missing index": amf().replace("<v1>0</v1>", "", 1),
    "amf: no number": amf().replace("<x>0.0<", "<x>zero<", 1),
    "amf: NaN": amf().replace("<x>0.0<", "<x>nan<", 1),
    "amf: unknown unit": amf("furlong"),
    "amf: missing object": amf(
        constellation='<constellation><instance objectid="9"/></constellation>'),
    "amf: cut": amf()[:-40],
    "amf: deep": amf().replace("</amf>", "<a>" * 10_000),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_damage_is_one_sentence_in_time(case):
    started = time.monotonic()
    with pytest.raises(ReadError) as caught:
        read(REFUSED[case], f"box.{case[:3]}")
    assert time.monotonic() - started < 5
    assert caught.value.outcome in ("clear_error", "cannot_analyse")
    assert str(caught.value).startswith("box.")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("case", ["obj", "ply", "ply, binary", "off", "glb", "amf"])
def test_random_damage_is_an_error_or_harmless_never_an_exception(case):
    rng = random.Random(case)
    whole = BOXES[case] if isinstance(BOXES[case], bytes) else BOXES[case].encode()
    for _ in range(120):
        data = bytearray(whole)
        for _ in range(rng.randint(1, 4)):
            data[rng.randrange(len(data))] = rng.choice([0, 0xFF, 0x39, rng.randrange(256)])
        try:
            mesh, _ = read(bytes(data), f"box.{case[:3]}")
        except ReadError:
            continue
        assert np.isfinite(mesh.triangles).all()


def test_no_format_opens_another_file(monkeypatch):
    def forbidden(*_arguments: object, **_more: object) -> None:
        raise AssertionError("opened a file")

    import trimesh  # noqa: F401  (its own import opens files)

    read(BOXES["glb"], "box.glb")
    monkeypatch.setattr("builtins.open", forbidden)
    for case in ("obj that names a material file", "glb", "ply"):
        read(BOXES[case], f"box.{case[:3]}")
