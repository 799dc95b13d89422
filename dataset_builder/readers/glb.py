"""Binary glTF made safe for a general parser: geometry only, every count checked first.

Pictures, materials and links to other files are cut out of the JSON before anything reads it.
Source: Khronos glTF 2.0 specification, sections 3 and 4.4 (GLB).
"""

from __future__ import annotations

import json
import struct
from typing import Any

from dataset_builder.errors import CannotAnalyse, Malformed, Truncated
from dataset_builder.readers.limits import Limits
from dataset_builder.readers.mesh_checks import check_count

_HEADER = struct.Struct("<4sII")
_CHUNK = struct.Struct("<I4s")
_DROPPED = ("images", "textures", "samplers", "materials", "animations", "skins", "cameras")
_JSON_DAMAGE = (
    KeyError,
    IndexError,
    TypeError,
    ValueError,
    AttributeError,
    ArithmeticError,
    RecursionError,
)
Json = dict[str, Any]


def geometry_only(data: bytes, limits: Limits) -> bytes:
    """A GLB of the same geometry as *data* and nothing else.

    Raises Malformed, Truncated, TooLarge, CannotAnalyse for a required extension.
    """
    scene, binary = _chunks(data)
    try:
        _check(scene, len(data), limits)
        kept = _without_pictures(scene)
    except _JSON_DAMAGE as error:
        raise Malformed("has a glTF scene that contradicts itself") from error
    text = json.dumps(kept).encode()
    text += b" " * (-len(text) % 4)
    body = _CHUNK.pack(len(text), b"JSON") + text + _CHUNK.pack(len(binary), b"BIN\0") + binary
    return _HEADER.pack(b"glTF", 2, _HEADER.size + len(body)) + body


def _chunks(data: bytes) -> tuple[Json, bytes]:
    """(scene, binary chunk)."""
    if len(data) < _HEADER.size + _CHUNK.size:
        raise Truncated("ends inside its glTF header")
    _, version, size = _HEADER.unpack_from(data)
    if version != 2:
        raise Malformed(f"is glTF of the unknown version {version}")
    if size > len(data):
        raise Truncated(f"says {size} bytes and holds {len(data)}")
    chunks: dict[bytes, bytes] = {}
    offset = _HEADER.size
    while offset + _CHUNK.size <= size:
        length, kind = _CHUNK.unpack_from(data, offset)
        offset += _CHUNK.size
        if offset + length > size:
            raise Truncated("ends inside a glTF chunk")
        chunks.setdefault(kind, data[offset : offset + length])
        offset += length
    try:
        scene = json.loads(chunks.get(b"JSON", b""))
    except (ValueError, RecursionError) as error:
        raise Malformed("has broken JSON in its glTF scene") from error
    if not isinstance(scene, dict):
        raise Malformed("has no glTF scene")
    return scene, chunks.get(b"BIN\0", b"")


def _check(scene: Json, size: int, limits: Limits) -> None:
    required = [str(name) for name in scene.get("extensionsRequired", [])]
    if required:
        raise CannotAnalyse(
            f"requires the glTF extension {required[0][:40]}",
            flag="unknown_extension",
            advice="Export it without compression",
        )
    if any("uri" in buffer for buffer in scene.get("buffers", [])):
        raise Malformed("refers to data outside of itself")
    counts = [int(accessor["count"]) for accessor in scene.get("accessors", [])]
    # an element takes a byte or more, and no exporter stores one twice
    if min(counts, default=0) < 0 or sum(counts) > size:
        raise Malformed("says more elements than it has bytes", flag="limit")
    check_count(_placed_triangles(scene, counts, limits), limits)


def _placed_triangles(scene: Json, counts: list[int], limits: Limits) -> int:
    """An upper bound of the triangles of all nodes, which must be a forest."""
    nodes = scene.get("nodes", [])
    children = [[int(child) for child in node.get("children", [])] for node in nodes]
    parents = [child for inner in children for child in inner]
    if len(set(parents)) != len(parents):
        raise Malformed("has a scene node with two parents")
    level, met, depth = set(range(len(nodes))) - set(parents), 0, 0
    while level:
        met, depth = met + len(level), depth + 1
        level = {child for node in level for child in children[node]}
    if met != len(nodes) or depth > limits.max_depth:
        raise Malformed("has scene nodes in a circle or nested too deep", flag="limit")
    meshes = scene.get("meshes", [])
    placed = [meshes[node["mesh"]] for node in nodes if "mesh" in node]
    if len(nodes) + sum(len(mesh["primitives"]) for mesh in placed) > limits.max_scene_pieces:
        raise Malformed(f"places more than {limits.max_scene_pieces} pieces", flag="limit")
    return sum(_mesh_triangles(mesh, counts) for mesh in placed)


def _mesh_triangles(mesh: Json, counts: list[int]) -> int:
    corners = (
        counts[part["indices"] if "indices" in part else part["attributes"]["POSITION"]]
        for part in mesh["primitives"]
    )
    return sum(corners)  # strips make one triangle a corner, lists fewer


def _without_pictures(scene: Json) -> Json:
    kept = {key: value for key, value in scene.items() if key not in _DROPPED}
    kept["meshes"] = [
        {
            "primitives": [
                {key: part[key] for key in ("attributes", "indices", "mode") if key in part}
                for part in mesh["primitives"]
            ]
        }
        for mesh in scene.get("meshes", [])
    ]
    return kept
