"""The process that judges one job and ends: `python -m printer_guard.judging_child`.

One line of JSON comes in (`judging.py` writes it), one goes out: {"record": ..., "sheet": path or
null}, {"package": path} where that was asked for, or {"fault": a word of policy.Finding, "reason":
...}.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from printer_guard.limits import confine
from printer_guard.policy import Finding

if TYPE_CHECKING:
    from classifier.runtime.judge import Judge


def main() -> None:
    """Judge what the line on standard input asks for."""
    request = json.loads(sys.stdin.readline())
    confine(request["memory_mib"], request["seconds"])
    print(json.dumps(judged(request), allow_nan=False), flush=True)  # noqa: T201 (the answer)


def judged(request: dict[str, Any]) -> dict[str, Any]:
    """The answer to *request*; every failure is one that names itself."""
    from classifier.runtime.errors import ClassifierError
    from classifier.runtime.known.errors import LibraryError

    try:
        judge = judge_of(request)
    except (ClassifierError, LibraryError, OSError) as error:
        return _fault(Finding.MODEL_MISSING, error)
    try:
        return _examined(judge, request)
    except MemoryError:
        return _fault(Finding.JUDGING_FAILED, "it takes more memory than the guard may use")
    except Exception as error:  # noqa: BLE001 (a fault of ours must not pass for a verdict)
        return _fault(Finding.JUDGING_FAILED, f"{type(error).__name__}: {error}")


def judge_of(request: dict[str, Any]) -> Judge:
    """The judge with the bundle, policy and known shapes that *request* names."""
    from classifier.runtime.bundle import load_bundle
    from classifier.runtime.judge import Judge
    from classifier.runtime.known.store import load_library
    from classifier.runtime.policy_file import read_policy

    bundle, policy, references = (request[key] for key in ("bundle", "policy", "references"))
    return Judge(
        load_bundle(Path(bundle) if bundle else None),
        read_policy(policy) if policy else None,
        load_library(Path(references)) if references else None,
    )


def sheet_of(found: Any, folder: str | None, judge: Judge) -> str | None:
    """The path of the picture, where one is wanted; a picture that fails costs no verdict."""
    from classifier.runtime.sheets import write_sheet

    if folder is None or not found.solids:
        return None
    try:
        return str(write_sheet(found, Path(folder), judge.scorer))
    except Exception:  # noqa: BLE001 (a verdict without a picture is still a verdict)
        return None


def _examined(judge: Judge, request: dict[str, Any]) -> dict[str, Any]:
    if request["path"] is None:
        return {"ready": True}  # asked only whether there can be a judge
    path = Path(request["path"])
    found = judge.examine(path, name=request["name"], growing=request.get("growing", False))
    if package := request.get("package"):
        return {"package": _packed(path, found, judge, Path(package))}
    wanted = None if found.record["verdict"] == Finding.CLEAR else request["evidence"]
    return {"record": found.record, "sheet": sheet_of(found, wanted, judge)}


def _packed(path: Path, found: Any, judge: Judge, package: Path) -> str:
    """Write what a console gets to see, whole or not at all; where it is."""
    from classifier.runtime.evidence.make import evidence_package

    part = package.with_suffix(".part")
    part.write_bytes(evidence_package(path, found, judge))
    part.replace(package)
    return str(package)


def _fault(finding: Finding, why: object) -> dict[str, Any]:
    return {"fault": finding, "reason": " ".join(str(why).split())}


if __name__ == "__main__":
    main()
