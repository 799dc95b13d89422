"""Who takes part: contenders of the registry by name, and bundles by path."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from importlib import import_module
from pathlib import Path

from classifier.benchmark.prints import Contender

SHIPPED = "bundle"  # the registry's name of the bundle that ships


class UnknownContender(ValueError):
    """No contender has that name; the message lists those that there are."""


@dataclass(frozen=True, slots=True)
class Entrant:
    """One row of the table.

    make: gives it fresh; can be pickled. identity: changes whenever its answers may. trained_
    elsewhere: it comes trained, and nothing that it is asked was held out from it.
    """

    name: str
    make: Callable[[], Contender]
    identity: str
    trained_elsewhere: bool = False


@dataclass(frozen=True, slots=True)
class _Bundle:
    path: Path | None

    def __call__(self) -> Contender:
        from classifier.contenders.bundle import BundleContender

        made: Contender = BundleContender(self.path)
        return made


def entrants(names: Sequence[str], bundles: Iterable[Path] = ()) -> list[Entrant]:
    """Contenders called *names*, then *bundles*; without either, the whole registry.

    Raises UnknownContender, and BundleError for a bundle that cannot be trusted.
    """
    from classifier.contenders.registry import CONTENDERS

    chosen_bundles = list(bundles)
    unknown = [name for name in names if name not in CONTENDERS]
    if unknown:
        known = ", ".join(CONTENDERS)
        raise UnknownContender(f"no contender {unknown[0]!r}; there are: {known}")
    chosen = list(names) or list(CONTENDERS)
    code = _code_digest()
    found = [
        Entrant(name, CONTENDERS[name], f"{name} {code}")
        for name in dict.fromkeys(chosen)
        if name != SHIPPED
    ]
    shipped = [None] if SHIPPED in chosen else []
    return found + [_bundle(path, code) for path in [*shipped, *chosen_bundles]]


def bundle_alone(path: Path | None) -> Entrant:
    """The bundle at *path*, or the one that ships. Raises BundleError."""
    return _bundle(path, _code_digest())


def _bundle(path: Path | None, code: str) -> Entrant:
    from classifier.runtime.bundle import load_bundle

    identity = load_bundle(path).identity
    return Entrant(f"bundle {identity}", _Bundle(path), f"{identity} {code}", True)


def _code_digest() -> str:
    """Of the files that say how contenders learn: a cached answer of older code is no answer."""
    folder = Path(str(import_module("classifier.contenders").__file__)).parent
    state = sha256()
    for path in sorted(folder.glob("*.py")):
        state.update(path.read_bytes())
    return state.hexdigest()[:16]
