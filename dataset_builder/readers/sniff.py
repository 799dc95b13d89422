"""What a job is: by its name, by its first bytes, and whether the two agree.

Content decides; a name that promises something else is an error, since the printer and we would
then read two different jobs (as libmagic: decide by content, refuse on conflict).
"""

from __future__ import annotations

import re

from dataset_builder.errors import CannotAnalyse, Malformed, UnknownFormat

HEAD_BYTES = 64 * 1024

# name suffix -> the format it promises; the longest suffix wins
SUFFIXES = {
    **{f".{name}": "gcode" for name in ("gcode", "gco", "g", "gc", "nc", "ngc")},
    ".gz": "gcode.gz",
    ".gcode.3mf": "gcode.3mf",
    ".3mf": "3mf",
    ".ufp": "ufp",
    ".bgcode": "bgcode",
    ".bgc": "bgcode",
    **{f".{name}": name for name in ("stl", "obj", "ply", "glb", "amf", "off")},
    ".x3g": "x3g",
    ".s3g": "x3g",
    ".makerbot": "makerbot",
    ".gltf": "gltf",
    ".step": "step",
    ".stp": "step",
}

# formats that are known and not read: why, and what to do instead
NOT_READ = {
    "x3g": ("x3g is a binary command stream of MakerBot printers", "Export G-code instead"),
    "makerbot": ("is a MakerBot toolpath package", "Export G-code instead"),
    "gltf": ("glTF text refers to other files", "Export GLB or 3MF instead"),
    "step": ("STEP holds exact surfaces and no mesh", "Export STL or 3MF instead"),
}

# first bytes -> content
MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"\x1f\x8b", "gzip"),
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),  # a zip of no entries
    (b"GCDE", "bgcode"),
    (b"glTF", "glb"),
    (b"ply\n", "ply"),  # the rest may be binary
    (b"ply\r", "ply"),
    (b"\xff\xff\xf7", "meatpack"),
    (b"\xff\xff\xf9", "meatpack"),
    (b"\xff\xff\xfa", "meatpack"),
    (b"\xff\xff\xfb", "meatpack"),
    (b"\xff\xfe", "UTF-16 text"),
    (b"\xfe\xff", "UTF-16 text"),
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"%PDF", "a PDF document"),
    (b"\x7fELF", "a program"),
    (b"MZ\x90", "a program"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"Rar!", "a RAR archive"),
    (b"BZh", "a bzip2 archive"),
    (b"\xfd7zXZ", "an xz archive"),
    (b"\x28\xb5\x2f\xfd", "a zstd archive"),
    (b"ISO-10303-21", "step"),
)

# start of text, after white space and a byte-order mark, in lower case -> content
TEXT_START: tuple[tuple[re.Pattern[bytes], str], ...] = (
    (re.compile(rb"(?:st)?c?n?4?off\s"), "off"),
    (re.compile(rb"solid\b(?s:.)*?\bfacet\b"), "stl"),
    (re.compile(rb"(?:<\?xml(?s:.)*?)?<amf\b"), "amf"),
    (re.compile(rb"(?:<\?xml(?s:.)*?)?<(?:!doctype|html)\b"), "HTML"),
    (re.compile(rb"<"), "XML"),
)

# the contents that each promised format may have; the first is the usual one
AGREES: dict[str, frozenset[str]] = {
    "gcode": frozenset({"gcode", "text", "bgcode", "meatpack", "UTF-16 text"}),
    "gcode.gz": frozenset({"gzip"}),
    "bgcode": frozenset({"bgcode", "gcode"}),  # Prusa firmware goes by content
    "gcode.3mf": frozenset({"zip"}),
    "3mf": frozenset({"zip"}),
    "ufp": frozenset({"zip"}),
    "stl": frozenset({"stl", "text", "binary"}),
    "obj": frozenset({"obj", "text", "gcode"}),  # a group called "g1" looks like a command
    "ply": frozenset({"ply"}),
    "off": frozenset({"off"}),
    "glb": frozenset({"glb"}),
    "amf": frozenset({"amf", "zip"}),
}

# content -> format where the name says nothing
BY_CONTENT = {
    "gcode": "gcode",
    "meatpack": "gcode",
    "UTF-16 text": "gcode",
    "gzip": "gcode.gz",
    "bgcode": "bgcode",
    "zip": "3mf",
    "step": "step",
    **{name: name for name in ("stl", "obj", "ply", "glb", "amf", "off")},
}

_IN_WORDS = {"binary": "unknown binary data", "text": "text that is no G-code"}
_BOM = b"\xef\xbb\xbf"
# control bytes less the white space of text
_CONTROL = bytes(sorted(set(range(0x20)) - set(b"\t\n\v\f\r")))
_GCODE_LINE = re.compile(rb"[ \t]*(?:N\d+[ \t]*)?(?:[GMT]-?\d|[XYZEF][-+.\d])", re.IGNORECASE)
_COMMENT_LINE = re.compile(rb"[ \t]*[;(%]")
_MACRO_LINE = re.compile(rb"[A-Z][A-Z_]+(?:[ \t]+[A-Z_]+=\S*)*[ \t]*(?:;.*)?$")
_OBJ_VERTEX = re.compile(rb"^v[ \t]+[-+.\d]", re.MULTILINE)
_OBJ_FACE = re.compile(rb"^f[ \t]+-?\d", re.MULTILINE)

STL_HEADER_BYTES, STL_FACET_BYTES = 84, 50


def promised_format(name: str) -> str | None:
    """The format that the suffix of *name* promises; None when it promises nothing known."""
    lower = name.lower()
    fitting = [suffix for suffix in SUFFIXES if lower.endswith(suffix)]
    return SUFFIXES[max(fitting, key=len)] if fitting else None


def is_gcode_name(name: str) -> bool:
    """Whether *name* promises G-code text."""
    return promised_format(name) == "gcode"


def content_of(head: bytes, size: int) -> str:
    """What the first bytes of *size* are, in a word of `AGREES` or in words for a person."""
    for magic, content in MAGIC:
        if head.startswith(magic):
            return content
    if is_binary_stl(head, size):
        return "stl"
    text = head.removeprefix(_BOM).lstrip()
    if _looks_utf16(text):
        return "UTF-16 text"
    lower = text[:4096].lower()
    for pattern, content in TEXT_START:
        if pattern.match(lower):
            return content if not _is_binary(text) else "binary"
    return _content_of_text(text)


def is_binary_stl(head: bytes, size: int) -> bool:
    """Whether the size is what the facet count in the header says, to the byte."""
    if len(head) < STL_HEADER_BYTES:
        return False
    facets = int.from_bytes(head[80:84], "little")
    return facets > 0 and STL_HEADER_BYTES + STL_FACET_BYTES * facets == size


def format_of(name: str | None, head: bytes, size: int) -> tuple[str, str]:
    """(format, content) of a job called *name* that starts with *head*.

    Raises CannotAnalyse for a known format that is not read, Malformed when name and content
    disagree or the bytes are no text, UnknownFormat when nothing fits.
    """
    promised = promised_format(name) if name else None
    content = content_of(head, size)
    job_format = promised or BY_CONTENT.get(content)
    if job_format in NOT_READ:
        why, advice = NOT_READ[job_format]
        raise CannotAnalyse(why, flag="unsupported_format", advice=advice)
    words = _IN_WORDS.get(content, content)
    if job_format is None:
        raise UnknownFormat(f"holds {words}, not a print job")
    if promised and content not in AGREES[promised]:
        raise Malformed(
            f"is called {promised} and holds {words}",
            flag="name_mismatch",
            advice="Give the file the name of what it is, or export it again",
        )
    return job_format, content


def _content_of_text(text: bytes) -> str:
    if _is_binary(text):
        return "binary"
    if _OBJ_VERTEX.search(text) and _OBJ_FACE.search(text):
        return "obj"
    lines = _lines(text)
    return "gcode" if any(_GCODE_LINE.match(line) for line in lines) else "text"


def _is_binary(text: bytes) -> bool:
    """Many control bytes, and most lines say nothing that G-code says.

    Single NULs do occur in readable jobs (in comments, after the end): line by line they are the
    interpreter's business. Random bytes are 10 % control bytes.
    """
    text = text.rstrip(b"\0")  # firmware pads a pre-allocated file with NUL
    control = len(text) - len(text.translate(None, _CONTROL))
    if not text or control <= 0.02 * len(text):
        return not text
    lines = _lines(text)
    known = sum(
        1
        for line in lines
        if _GCODE_LINE.match(line) or _COMMENT_LINE.match(line) or _MACRO_LINE.match(line)
    )
    return 2 * known < len(lines)


def _lines(text: bytes) -> list[bytes]:
    return [line for line in re.split(rb"[\r\n]+", text) if line.strip()]


def _looks_utf16(text: bytes) -> bool:
    """Text with a NUL in every other byte: UTF-16 without a byte-order mark."""
    sample = text[:512]
    if len(sample) < 8:
        return False
    half = len(sample) // 2
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    printable = sum(32 <= byte < 127 or byte in b"\r\n\t" for byte in sample)
    return max(even, odd) > 0.9 * half and printable > 0.9 * half
