"""What a contender said in one lesson, kept on disk so that an interrupted run loses little."""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Exam:
    """rows: (n,) prints asked; said: (n, labels) probabilities. grown_rows: (m,) prints shown as
    they grow; grown: (m, K, labels).
    """

    rows: NDArray[np.int64]
    said: NDArray[np.float64]
    grown_rows: NDArray[np.int64]
    grown: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Answers:
    """title: what tables call the contender. exams: by protocol. attacked: by attacked object,
    (plates,) weapon scores. parameters and fit_s: how large it is and how long it learned.
    """

    title: str
    exams: Mapping[str, Exam]
    attacked: Mapping[str, NDArray[np.float64]]
    parameters: int
    fit_s: float


Arrays = dict[str, "NDArray[Any]"]
_EXAM_PARTS = ("rows", "said", "grown_rows", "grown")


def save_answers(answers: Answers, path: Path) -> None:
    """Write *path* whole or not at all."""
    arrays = {
        f"exam/{name}/{part}": getattr(exam, part)
        for name, exam in answers.exams.items()
        for part in _EXAM_PARTS
    }
    arrays |= {f"attacked/{name}": scores for name, scores in answers.attacked.items()}
    facts = json.dumps(
        {"title": answers.title, "parameters": answers.parameters, "fit_s": answers.fit_s}
    )
    save_arrays(path, facts=np.array(facts), **arrays)


def load_answers(path: Path) -> Answers | None:
    """What *path* holds; None when it is absent or damaged, for then it can be made again."""
    arrays = load_arrays(path)
    if arrays is None or "facts" not in arrays:
        return None
    facts = json.loads(str(arrays.pop("facts")))
    exams: dict[str, Arrays] = {}
    attacked: Arrays = {}
    for key, value in arrays.items():
        kind, name, *part = key.split("/")
        if kind == "exam":
            exams.setdefault(name, {})[part[0]] = value
        else:
            attacked[name] = value
    return Answers(
        exams={name: Exam(**parts) for name, parts in exams.items()}, attacked=attacked, **facts
    )


def save_arrays(path: Path, **arrays: NDArray[Any]) -> None:
    """An .npz written beside *path* and moved there, so that *path* is never half a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(f".{os.getpid()}.part")
    try:
        with draft.open("wb") as file:
            np.savez_compressed(file, allow_pickle=False, **arrays)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def load_arrays(path: Path) -> Arrays | None:
    """All arrays of an .npz; None when it is absent or damaged."""
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            return dict(arrays)
    except (OSError, ValueError, EOFError, KeyError, zipfile.BadZipFile):
        return None
