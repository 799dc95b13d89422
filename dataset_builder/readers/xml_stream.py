"""Streamed XML from untrusted files, on expat: no DTD, no entities, bounded depth and attributes.

Nothing outside the bytes given is ever opened.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from xml.parsers import expat

from dataset_builder.errors import Malformed, ReadError
from dataset_builder.readers.limits import Limits

NAMESPACE_SEPARATOR = "|"

StartHandler = Callable[[list[str]], None]
"""Takes [name, value, name, value, ...]; names are "namespace|local"."""
EndHandler = Callable[[], None]


class XmlStream:
    """One document; handlers are called by element name as it is read, others are passed over.

    A large model has millions of elements, so what happens for each of them is little and here.
    """

    def __init__(
        self,
        part: str,
        limits: Limits,
        starts: Mapping[str, StartHandler],
        ends: Mapping[str, EndHandler] | None = None,
        *,
        max_elements: int,
    ) -> None:
        self.elements = 0
        self.prefixes: dict[str, str] = {}
        self._part = part
        self._limits = limits
        self._starts = starts
        self._ends = ends or {}
        self._max_elements = max_elements
        self._depth = 0
        self._parser = parser = expat.ParserCreate(None, NAMESPACE_SEPARATOR)
        parser.ordered_attributes = True
        parser.buffer_text = True
        parser.StartElementHandler = self._on_start
        parser.EndElementHandler = self._on_end
        parser.StartNamespaceDeclHandler = self._on_namespace
        parser.StartDoctypeDeclHandler = _refuse_doctype
        parser.EntityDeclHandler = _refuse_doctype
        parser.SkippedEntityHandler = _refuse_doctype

    def on_text(self, handler: Callable[[str], None]) -> None:
        """Call *handler* with character data, in pieces."""
        self._parser.CharacterDataHandler = handler

    def read(self, blocks: Iterable[bytes]) -> None:
        """Read the whole document.

        Raises Malformed with the line for broken XML, and gives handlers' errors their line.
        """
        try:
            for block in blocks:
                self._parser.Parse(block, False)
            self._parser.Parse(b"", True)
        except expat.ExpatError as error:
            what = expat.ErrorString(error.code)
            raise Malformed(
                f"has broken XML in {self._part} ({what})", line=error.lineno
            ) from error
        except (ValueError, OverflowError, LookupError) as error:
            raise Malformed(
                f"has a bad number or encoding in {self._part}",
                line=self._parser.CurrentLineNumber,
            ) from error
        except ReadError as error:
            error.line = error.line or self._parser.CurrentLineNumber
            raise

    def _on_start(self, name: str, attributes: list[str]) -> None:
        self._depth += 1
        self.elements += 1
        if self._depth > self._limits.max_depth or self.elements > self._max_elements:
            raise Malformed(f"has too many or too deep XML elements in {self._part}", flag="limit")
        handler = self._starts.get(name)
        if handler is not None:
            if len(attributes) > 2 * self._limits.max_attributes:
                raise Malformed(f"has too many attributes in {self._part}", flag="limit")
            handler(attributes)

    def _on_end(self, name: str) -> None:
        self._depth -= 1
        handler = self._ends.get(name)
        if handler is not None:
            handler()

    def _on_namespace(self, prefix: str | None, uri: str | None) -> None:
        self.prefixes[prefix or ""] = uri or ""


def _refuse_doctype(*_declaration: object) -> None:
    raise Malformed("declares XML entities or a DTD, which no slicer writes", flag="xml_entities")
