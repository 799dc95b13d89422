"""Words of templates and code -> catalogues: `python -m web.translations.catalogues` renews them.

A language is a folder with `messages.po`, written by people, and `messages.mo`, made of it here.
What the source does not say any more leaves the file; what is new comes in untranslated, and a
test fails until somebody has written it.
"""

from __future__ import annotations

import io
import sys
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

HERE = Path(__file__).resolve().parent
SOURCE = HERE.parent
METHODS = [("templates/**.html", "jinja2"), ("**.py", "python")]
REFUSALS = (
    "Busy", "Conflict", "Gone", "NotAllowed", "NotAuthentic", "NotFound", "NotMeant", "ScanFailed",
    "TooLarge",
)  # fmt: skip
KEYWORDS = {**DEFAULT_KEYWORDS, "lazy_gettext": None, **dict.fromkeys(REFUSALS)}
"""A refusal's first argument is shown (`wording.words_of`), so it is translated too."""
WIDTH = 100


def extracted() -> Catalog:
    """Everything that pages can say, in English."""
    catalog = Catalog(project="Printwarden", charset="utf-8")
    found = extract_from_dir(SOURCE, METHODS, keywords=KEYWORDS)
    for file, _line, message, _comments, context in sorted(found, key=lambda row: row[:2]):
        catalog.add(message, None, [(file, 0)], context=context)
    return catalog


def languages() -> list[str]:
    """Those that have a catalogue."""
    return sorted(path.parent.parent.name for path in HERE.glob("*/LC_MESSAGES/messages.po"))


def written(language: str) -> Catalog:
    """What people have written for *language*."""
    return read_po(io.BytesIO(_file(language, "po").read_bytes()), locale=language)


def compiled(language: str) -> bytes:
    """What pages read, made of what people have written."""
    target = io.BytesIO()
    write_mo(target, written(language))
    return target.getvalue()


def renew(language: str) -> list[str]:
    """Bring both files up to date; what is not translated yet."""
    catalog, target = written(language), io.BytesIO()
    catalog.update(extracted(), no_fuzzy_matching=True)
    catalog.obsolete.clear()
    write_po(target, catalog, width=WIDTH, no_location=True, sort_output=True, omit_header=False)
    _file(language, "po").write_bytes(target.getvalue())
    _file(language, "mo").write_bytes(compiled(language))
    return [str(row.id) for row in catalog if row.id and not row.string]


def _file(language: str, kind: str) -> Path:
    return HERE / language / "LC_MESSAGES" / f"messages.{kind}"


if __name__ == "__main__":
    missing = {language: renew(language) for language in languages()}
    for name, rows in missing.items():
        sys.stdout.write(
            f"{name}: {len(rows)} to be translated\n" + "".join(f"  {r}\n" for r in rows)
        )
    sys.exit(any(missing.values()))
