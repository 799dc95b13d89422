"""Every limit on what a job may cost to read, in one table.

Hostile input is bounded here and nowhere else. A stated size limit that is reached is `TooLarge`
("cannot analyse", never "clean"); a shape that no slicer writes, such as a decompression bomb, is
`Malformed`.
"""

from __future__ import annotations

from dataclasses import dataclass

from dataset_builder.errors import Malformed, TooLarge

MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Limits:
    """What one job may cost; the defaults suit a host with 1 GiB of memory for the reader."""

    max_bytes: int = 1 << 30
    """The job as given, in bytes (Moonraker accepts uploads up to 1,024 MiB)."""
    max_text_bytes: int = 2 << 30
    """Unpacked G-code of one plate; it is streamed, so this bounds time and not memory."""
    max_ratio: int = 200
    """Unpacked bytes for each packed byte, once more than `ratio_floor_bytes` are unpacked."""
    ratio_floor_bytes: int = 16 * MIB
    """Below this no ratio is suspicious: repetitive start code packs 300 to 1."""
    max_mesh_bytes: int = 512 * MIB
    """A mesh file; it is held in memory."""
    max_parsed_mesh_bytes: int = 128 * MIB
    """OBJ, PLY, OFF and GLB, whose parsers take several times that in memory."""
    max_model_xml_bytes: int = 512 * MIB
    """All model parts of one 3MF or AMF together, unpacked; they are streamed."""
    max_model_ratio: int = 40
    """As `max_ratio`, for model XML: slower to read than G-code; real models pack 5 to 15 to 1."""
    max_triangles: int = 5_000_000
    """Of the whole build plate; 72 bytes each in memory, about as much again while checking."""
    max_entries: int = 10_000
    """Files in one archive (as ClamAV's MaxFiles)."""
    max_directory_bytes: int = 4 * MIB
    """Central directory of an archive: `zipfile` holds about 13 times as much in memory."""
    max_block_bytes: int = 16 * MIB
    """One bgcode block, packed or unpacked; slicers write 64 KiB."""
    max_small_part_bytes: int = 4 * MIB
    """Relationship parts, checksums and metadata blocks."""
    max_plates: int = 100
    """G-code programs of one package; Bambu Studio offers 36 plates."""
    max_scene_pieces: int = 4_000
    """Nodes, and primitives they place, of a glTF scene: each costs a general parser 0.5 ms."""
    max_instances: int = 10_000
    """Copies of objects that a 3MF, AMF or glTF scene places."""
    max_depth: int = 64
    """Nesting of XML elements, and of components or scene nodes."""
    free_xml_elements: int = 250_000
    """XML elements that any model may have; each byte of the packed file allows one more. Real
    models have one in four bytes; an element costs microseconds."""
    max_attributes: int = 64
    """Attributes of one XML element."""
    max_coordinate_mm: float = 1e6
    """A kilometre: no printer reaches it, and squares of it still fit single precision."""

    def check_growth(self, packed: int, unpacked: int, *, model: bool = False) -> None:
        """Refuse a stream that unpacked to *unpacked* bytes from *packed*.

        Raises Malformed for a decompression bomb, TooLarge past the absolute limit.
        """
        ratio = self.max_model_ratio if model else self.max_ratio
        if unpacked > self.ratio_floor_bytes and unpacked > ratio * max(packed, 1):
            raise Malformed(
                f"unpacks to more than {ratio} times its size, as a decompression bomb does",
                flag="limit",
                advice="Have the job exported again by its slicer",
            )
        limit = self.max_model_xml_bytes if model else self.max_text_bytes
        if unpacked > limit:
            raise TooLarge(f"unpacks to more than {limit // MIB} MiB")
