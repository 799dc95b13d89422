"""3MF models: what is built, where, how large; and every hostile XML is an error."""

from __future__ import annotations

import io
import time
import zipfile

import numpy as np
import pytest

from dataset_builder.errors import ReadError
from dataset_builder.geometry.mesh import Mesh
from dataset_builder.readers.open_job import open_job

CORE = "http://schemas.microsoft.com/3dmanufacturing/core/2015/02"
PRODUCTION = "http://schemas.microsoft.com/3dmanufacturing/production/2015/06"
BEAMS = "http://schemas.microsoft.com/3dmanufacturing/beamlattice/2017/02"
MATERIALS = "http://schemas.microsoft.com/3dmanufacturing/material/2015/02"
RELATIONSHIPS = (
    '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/'
    'relationships"><Relationship Id="r" Target="{}" Type="http://schemas.microsoft.com/'
    '3dmanufacturing/2013/01/3dmodel"/></Relationships>'
)
CORNERS = [(x, y, z) for z in (0, 30) for y in (0, 20) for x in (0, 10)]
QUADS = [(0, 2, 3, 1), (4, 5, 7, 6), (0, 1, 5, 4), (2, 6, 7, 3), (0, 4, 6, 2), (1, 3, 7, 5)]
FACES = [face for a, b, c, d in QUADS for face in ((a, b, c), (a, c, d))]
VERTICES = "".join(f'<vertex x="{x}" y="{y}" z="{z}"/>' for x, y, z in CORNERS)
TRIANGLES = "".join(f'<triangle v1="{a}" v2="{b}" v3="{c}"/>' for a, b, c in FACES)
MESH = f"<mesh><vertices>{VERTICES}</vertices><triangles>{TRIANGLES}</triangles></mesh>"
BOX = f'<object id="1" type="model">{MESH}</object>'
ITEM = '<item objectid="1"/>'
MOVED = "1 0 0 0 1 0 0 0 1 100 0 0"
MIRRORED = "-1 0 0 0 1 0 0 0 1 0 0 0"


def model(resources: str = BOX, build: str = ITEM, attributes: str = "") -> str:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><model xmlns="{CORE}" xmlns:p="{PRODUCTION}" '
        f'xmlns:b="{BEAMS}" xmlns:m="{MATERIALS}" {attributes}>'
        f"<resources>{resources}</resources><build>{build}</build></model>"
    )


def group(number: int, *components: str) -> str:
    return f'<object id="{number}"><components>{"".join(components)}</components></object>'


def component(number: int, transform: str = "", path: str = "") -> str:
    extra = (f' transform="{transform}"' if transform else "") + (
        f' p:path="{path}"' if path else ""
    )
    return f'<component objectid="{number}"{extra}/>'


def packed(text: str | bytes, target: str = "/3D/3dmodel.model", **parts: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("_rels/.rels", RELATIONSHIPS.format(target))
        archive.writestr(target.lstrip("/"), text)
        for name, part in parts.items():
            archive.writestr(f"3D/{name}.model", part)
    return out.getvalue()


def read(data: bytes | str) -> tuple[Mesh, set[str]]:
    raw = data if isinstance(data, bytes) else packed(data)
    with open_job(io.BytesIO(raw), name="box.3mf") as job:
        return job.mesh(), job.flags


def extent(mesh: Mesh) -> list[float]:
    return [float(value) for value in mesh.bbox_mm[1] - mesh.bbox_mm[0]]


PREFIXED = (
    model()
    .replace("<", "<q:").replace("<q:/", "</q:").replace("<q:?", "<?")
    .replace("xmlns=", "xmlns:q=")
)  # fmt: skip
SAME_BOX = {
    "plain": model(),
    "no item transform": model(build='<item objectid="1" transform="1 0 0 0 1 0 0 0 1 0 0 0"/>'),
    "a prefix on every element": PREFIXED,
    "UTF-16": model().replace("UTF-8", "UTF-16").encode("utf-16"),
    "a byte-order mark": "\ufeff" + model(),
    "attributes in another order": model(
        BOX.replace('v1="0" v2="2" v3="3"', 'p1="0" v3="3" pid="9" v1="0" v2="2"')
    ),
    "exponents": model(BOX.replace('x="10"', 'x="1.0e+1"')),
    "an object that is not built": model(BOX + BOX.replace('id="1"', 'id="2"')),
    "a component": model(BOX + group(2, component(1)), '<item objectid="2"/>'),
    "a harmless required extension": model(attributes='requiredextensions="p m"'),
    "an unknown optional extension": model(BOX + "<b:beamlattice><b:beam/></b:beamlattice>"),
}


@pytest.mark.parametrize("text", SAME_BOX.values(), ids=SAME_BOX)
def test_every_way_to_write_it_is_the_same_box(text):
    mesh, flags = read(packed(text))
    assert extent(mesh) == [10, 20, 30]
    assert len(mesh.triangles) == 12
    assert mesh.watertight
    assert mesh.volume_mm3 == pytest.approx(6000)
    assert flags == set()


@pytest.mark.parametrize(
    ("unit", "millimetres"),
    [("micron", 0.001), ("millimeter", 1), ("centimeter", 10), ("inch", 25.4), ("foot", 304.8),
     ("meter", 1000)],
)  # fmt: skip
def test_every_unit_is_applied_to_corners_and_shifts(unit, millimetres):
    build = ITEM + f'<item objectid="1" transform="{MOVED}"/>'
    mesh, _ = read(model(build=build, attributes=f'unit="{unit}"'))
    np.testing.assert_allclose(extent(mesh), np.array([110, 20, 30]) * millimetres)
    assert mesh.unit == f"{unit} (stated)"


def test_transforms_of_items_and_components_are_chained():
    turned = "0 1 0 -1 0 0 0 0 1 0 0 0"  # 90 degrees about z: x becomes y
    resources = BOX + group(2, component(1), component(1, MOVED))
    mesh, _ = read(model(resources, f'<item objectid="2" transform="{turned}"/>'))
    assert len(mesh.triangles) == 24
    np.testing.assert_allclose(mesh.bbox_mm, [[-20, 0, 0], [0, 110, 30]])


def test_a_mirrored_copy_adds_its_volume_instead_of_taking_it_away():
    mesh, _ = read(model(build=ITEM + f'<item objectid="1" transform="{MIRRORED}"/>'))
    assert mesh.volume_mm3 == pytest.approx(12000)
    assert extent(mesh) == [20, 20, 30]


def test_the_relationship_and_not_the_usual_place_names_the_model():
    decoy = model(BOX.replace('x="10"', 'x="99"'))
    mesh, _ = read(packed(model(), "/other/place.model", **{"3dmodel": decoy}))
    assert extent(mesh) == [10, 20, 30]


@pytest.mark.parametrize("where", ["item", "component"])
def test_objects_in_other_parts_are_followed(where):
    path = "/3D/part.model"
    if where == "item":
        start = model("", f'<item objectid="1" p:path="{path}"/>')
    else:
        start = model(group(5, component(1, MOVED, path)), '<item objectid="5"/>')
    mesh, _ = read(packed(start, part=model(build="")))
    assert extent(mesh) == [10, 20, 30]


def test_an_open_object_is_flagged_only_when_it_is_built():
    open_box = BOX.replace(TRIANGLES, TRIANGLES[: TRIANGLES.rindex("<triangle")])
    resources = BOX + open_box.replace('id="1"', 'id="2"')
    assert read(model(resources))[1] == set()
    assert read(model(resources, ITEM + '<item objectid="2"/>'))[1] == {"not_watertight"}


def test_the_producer_is_known():
    text = model().replace(
        "<resources>", '<metadata name="Application">Cutter 1</metadata><resources>'
    )
    with open_job(io.BytesIO(packed(text)), name="box.3mf") as job:
        job.mesh()
        assert job.metadata == {"producer": "Cutter 1"}


def chain(length: int) -> str:
    groups = "".join(group(n, component(n - 1)) for n in range(2, length + 2))
    return model(BOX + groups, f'<item objectid="{length + 1}"/>')


def doubling(levels: int) -> str:
    groups = "".join(group(n, component(n - 1), component(n - 1)) for n in range(2, levels + 2))
    return model(BOX + groups, f'<item objectid="{levels + 1}"/>')


def hidden_depth(chains: int, length: int) -> str:
    """Chains that are short by themselves, each ending in the one before."""
    groups = "".join(group(n, component(n - 1)) for n in range(2, chains * length + 2))
    items = "".join(f'<item objectid="{k * length + 1}"/>' for k in range(1, chains + 1))
    return model(BOX + groups, items)


LAUGH = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10 if n else "ha"}">' for n in range(12))
HOSTILE = {
    "a cycle of two": model(
        group(2, component(3)) + group(3, component(2)), '<item objectid="2"/>'),
    "an object in itself": model(group(2, component(2)), '<item objectid="2"/>'),
    "3,000 deep": chain(3000),
    "65 deep": chain(65),
    "deep by many short chains": hidden_depth(40, 60),
    "2^40 copies": doubling(40),
    "2^14 copies": doubling(14),
    "20,000 items": model(build=ITEM * 20_000),
    "a billion laughs": model().replace("<model", f"<!DOCTYPE m [{LAUGH}]><model", 1).replace(
        "<resources>", "<resources>&a11;"),
    "an external entity": model().replace(
        "<model", '<!DOCTYPE m [<!ENTITY x SYSTEM "file:///etc/passwd">]><model', 1).replace(
        "<resources>", "<resources>&x;"),
    "an external DTD": model().replace(
        "<model", '<!DOCTYPE m SYSTEM "http://a.example/d"><model', 1),
    "a parameter entity": model().replace(
        "<model", '<!DOCTYPE m [<!ENTITY % a "b"> %a;]><model', 1),
    "100,000 deep XML": model("<a>" * 100_000),
    "20,000 attributes": model(BOX.replace(
        "<mesh>", "<mesh " + " ".join(f'a{n}=""' for n in range(20_000)) + ">")),
    "4 million elements": model(BOX + "<a/>" * 3_900_000),
    "index too high": model(BOX.replace('v1="0"', 'v1="8"', 1)),
    "negative index": model(BOX.replace('v1="0"', 'v1="-1"', 1)),
    "missing index": model(BOX.replace('v1="0"', "", 1)),
    "empty index": model(BOX.replace('v1="0"', 'v1=""', 1)),
    "fractional index": model(BOX.replace('v1="0"', 'v1="0.5"', 1)),
    "huge index": model(BOX.replace('v1="0"', f'v1="{10**30}"', 1)),
    "a coordinate missing": model(BOX.replace('x="10"', "", 1)),
    "NaN vertex": model(BOX.replace('x="10"', 'x="nan"', 1)),
    "infinite vertex": model(BOX.replace('x="10"', 'x="1e999"', 1)),
    "1e37 vertex": model(BOX.replace('x="10"', 'x="1e37"', 1)),
    "flat": model(BOX.replace('z="30"', 'z="0"')),
    "short transform": model(build='<item objectid="1" transform="1 0 0 0 1 0 0 0 1"/>'),
    "singular transform": model(build='<item objectid="1" transform="1 0 0 0 1 0 0 0 0 0 0 0"/>'),
    "NaN transform": model(build='<item objectid="1" transform="nan 0 0 0 1 0 0 0 1 0 0 0"/>'),
    "words as transform": model(build='<item objectid="1" transform="turn it a bit to the left"/>'),
    "unknown unit": model(attributes='unit="furlong"'),
    "unknown required extension": model(attributes='requiredextensions="b"'),
    "undeclared required extension": model(attributes='requiredextensions="zz"'),
    "no such object": model(build='<item objectid="7"/>'),
    "no object named": model(build="<item/>"),
    "no such component": model(group(1, component(9))),
    "two objects of one id": model(BOX + BOX),
    "nothing built": model(build=""),
    "an empty object built": model('<object id="1"/>'),
    "a mesh outside of an object": model(MESH),
    "two meshes in an object": model(BOX.replace("</mesh>", f"</mesh>{MESH}", 1)),
    "cut XML": model()[:-60],
    "no XML": "hello",
    "another document": '<html xmlns="x"/>',
    "another namespace": model().replace(CORE, "urn:other"),
    "an unknown encoding": model().replace("UTF-8", "EBCDIC-9"),
}  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_models_are_clear_errors_in_time(text):
    data = packed(text)
    started = time.monotonic()
    with pytest.raises(ReadError) as caught:
        read(data)
    assert time.monotonic() - started < 5
    assert caught.value.outcome == "clear_error"
    assert str(caught.value).startswith("box.3mf")
    assert "\n" not in str(caught.value)


def without(data: bytes, name: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w") as new:
        for info in old.infolist():
            if info.filename != name:
                new.writestr(info, old.read(info))
    return out.getvalue()


BROKEN_PACKAGES = {
    "no relationships": without(packed(model()), "_rels/.rels"),
    "no target": without(packed(model()), "3D/3dmodel.model"),
    "no other part": packed(model("", '<item objectid="1" p:path="/3D/none.model"/>')),
    "no such object in another part": packed(
        model("", '<item objectid="2" p:path="/3D/part.model"/>'), part=model()
    ),
    "many small bombs": packed(
        model("", "".join(f'<item objectid="1" p:path="/3D/p{n}.model"/>' for n in range(40))),
        **{f"p{n}": model(BOX + " " * 2_000_000) for n in range(40)},
    ),
}


@pytest.mark.parametrize("data", BROKEN_PACKAGES.values(), ids=BROKEN_PACKAGES)
def test_packages_that_lack_a_part_are_clear_errors(data):
    with pytest.raises(ReadError) as caught:
        read(data)
    assert caught.value.outcome == "clear_error"


def test_a_bad_triangle_is_named_with_its_line():
    with pytest.raises(ReadError, match=r"box\.3mf:3: lacks an attribute 'v1'"):
        read(model(BOX.replace("<triangles>", "\n\n<triangles>").replace('v1="0"', "", 1)))


def test_a_real_cura_project_has_all_its_objects(shared_data):
    with open_job(shared_data / "gcode" / "miscellaneous_3d_pri__ce3_plantstake.3mf") as job:
        mesh = job.mesh()
    assert len(mesh.triangles) == 2266
    np.testing.assert_allclose(mesh.bbox_mm, [[23.5, 79.5, 0], [211.5, 155.5, 3]], atol=1e-9)
