"""The process that looks at a growing print: `python -m printer_guard.watching_child`.

The first line of JSON on standard input says who judges; each further one asks for a look at what
has been sent, or for a picture of it, and is answered by a line. It ends with its input.
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from printer_guard.judging_child import judge_of, sheet_of
from printer_guard.limits import confine


def main() -> None:
    """Answer until standard input ends."""
    request = json.loads(sys.stdin.readline())
    confine(request["memory_mib"])
    from classifier.runtime.so_far import SoFar

    watch = request["watch"]
    eye = SoFar(judge_of(request), detector=watch["detector"], early_at=watch["early_at"])
    for line in sys.stdin:
        question = json.loads(line)
        sent, name = Path(question["sent"]), question["name"]
        answer: dict[str, Any]
        if folder := question.get("picture"):
            answer = {"sheet": sheet_of(eye.evidence(sent, name), folder, eye.judge)}
        else:
            answer = asdict(eye.look(sent, name))
        print(json.dumps(answer, allow_nan=False), flush=True)  # noqa: T201 (the answer)


if __name__ == "__main__":
    main()
