"""Journal lines -> rows that can be compared: one an entry and aim, over all seeds.

Sizes and costs are means over seeds, speeds those of the first seed's file. A row that failed
stays, with its reasons.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import mean, stdev
from typing import Any

from classifier.metrics import Rate
from model_compression.bench.cells import PARENT, Json, outcomes_of
from model_compression.bench.pairing import Outcomes, Pairing
from model_compression.bench.protocol import EVERY_AIM, SINGLE
from model_compression.framework.recipe import Recipe

STRUCTURED, UNSTRUCTURED, LEVELS, REFERENCE = "structured", "single weights", "levels", "reference"
BYTE = 8
SLACK = 1.02  # a row within 2 % of its target has met it
SIZES = (
    "weights", "weights_kept", "params", "macs", "macs_kept", "stored_bits", "index_bits",
    "lower_bound_bits", "onnx_bytes", "xz_bytes", "packed_bytes", "peak_memory_bytes",
    "sample_visits",
)  # fmt: skip
Latencies = Mapping[str, Mapping[str, Mapping[str, float]]]
"""Folder of a cell -> "float32, batch 1" and so on -> p10_us, median_us."""


@dataclass(frozen=True, slots=True)
class Group:
    """The lines of one entry and aim; *recipe* is None for the dense parent."""

    entry: str
    aim: str | None
    recipe: Recipe | None
    lines: Sequence[Json]

    @property
    def measured(self) -> list[Json]:
        """Those that came to their end."""
        return [line for line in self.lines if not line["failed"]]

    @property
    def kind(self) -> str:
        """What is removed, in one word."""
        if self.recipe is None:
            return REFERENCE
        return {"": LEVELS, SINGLE: UNSTRUCTURED}.get(self.recipe.groups, STRUCTURED)


def groups_of(lines: Sequence[Json], recipes: Mapping[str, Recipe]) -> list[Group]:
    """By entry and aim, in the order in which they come."""
    found: dict[tuple[str, str | None], list[Json]] = defaultdict(list)
    for line in lines:
        found[line["entry"], line["aim"]].append(line)
    return [Group(entry, aim, recipes.get(entry), own) for (entry, aim), own in found.items()]


def rows_of(groups: Sequence[Group], latencies: Latencies) -> list[Json]:
    """The references first, then a row a group."""
    dense = next(group for group in groups if group.entry == PARENT)
    told = _Told({line["seed"]: line for line in dense.measured}, latencies)
    rows = [row for group in groups for row in told.rows(group)]
    return sorted(rows, key=lambda row: row["kind"] != REFERENCE)


@dataclass(frozen=True, slots=True)
class _Told:
    """What rows are compared with: the dense parents, by seed."""

    parents: Mapping[int, Json]
    latencies: Latencies

    def rows(self, group: Group) -> Iterator[Json]:
        row = self._row(group)
        if group.entry != PARENT:
            yield row
            return
        yield row | {"title": "the dense parent, float32"}
        yield self._int8_only(row, group)
        yield row | {
            "entry": "xz", "title": "the dense parent's file, packed by xz", "stored_as": "xz",
            "stored_bits": BYTE * row["xz_bytes"],
            "stored_share": BYTE * row["xz_bytes"] / row["stored_bits"],
        }  # fmt: skip

    def _row(self, group: Group) -> Json:
        recipe, lines = group.recipe, group.measured
        row: Json = {
            "entry": group.entry,
            "aim": group.aim,
            "kind": group.kind,
            "title": recipe.title if recipe else "",
            "paper": recipe.paper if recipe else "",
            "seeds": len(lines),
            "failed": sorted({line["failed"] for line in group.lines if line["failed"]}),
        }
        if not lines:
            return row
        row |= self._sizes(lines) | self._judgement(lines, [outcomes_of(line) for line in lines])
        row |= {"missed": missed(group.aim, row)}
        row |= {"int8": self._int8(lines), "seconds": mean(line["seconds"] for line in lines)}
        row |= {"same": min(line["same"] for line in lines), "measure": lines[0]["measure"]}
        return row | self._speed(lines[0], row)

    def _sizes(self, lines: Sequence[Json]) -> Json:
        sizes = {name: _mean([line["row"][name] for line in lines]) for name in SIZES}
        whole = next(iter(self.parents.values()))["row"]
        return sizes | {
            "rate": whole["weights"] / sizes["weights_kept"],
            "macs_share": sizes["macs"] / whole["macs"],
            "stored_share": sizes["stored_bits"] / whole["stored_bits"],
            "stored_as": lines[0]["row"]["stored_as"],
            "difference": max(line["row"]["difference"] for line in lines),
        }

    def _judgement(self, lines: Sequence[Json], right: Sequence[Outcomes]) -> Json:
        shares = [float(one.mean()) for one in right]
        dense = [outcomes_of(self.parents[line["seed"]]) for line in lines]
        pairing = Pairing.pooled(dense, right)
        low, high = pairing.interval
        pooled = Rate(sum(int(one.sum()) for one in right), sum(len(one) for one in right))
        chosen = [line["validation"] - self.parents[line["seed"]]["validation"] for line in lines]
        return {
            "accuracy": {
                "mean": mean(shares),
                "sd": stdev(shares) if len(shares) > 1 else None,
                **pooled.to_json(),
            },
            "change": {
                "points": pairing.points, "low": low, "high": high, "p": pairing.chance,
                "lost": pairing.lost, "won": pairing.won, "words": pairing.words(),
            },
            "validation_points": 100 * mean(chosen),
        }  # fmt: skip

    def _int8(self, lines: Sequence[Json]) -> Json | None:
        """The same network in int8, or why there is none."""
        if any(line["int8"] is None for line in lines):
            return {"failed": next(line["int8_failed"] for line in lines if not line["int8"])}
        right = [outcomes_of(line["int8"]) for line in lines]
        size = _mean([line["int8_bytes"] for line in lines])
        return self._judgement(lines, right) | {"bytes": size, "failed": None}

    def _int8_only(self, row: Json, group: Group) -> Json:
        own = row["int8"]
        row = row | {"entry": "int8", "title": "the dense parent in int8, nothing removed"}
        if own["failed"]:
            return row | {"failed": [own["failed"]], "seeds": 0}
        bits = BYTE * row["weights"]
        speed = {name: row["speedup"].get(f"int8, {name}") for name in ("batch 1", "batch 32")}
        return row | {
            "accuracy": own["accuracy"], "change": own["change"], "onnx_bytes": own["bytes"],
            "stored_bits": bits, "stored_share": bits / row["stored_bits"], "stored_as": "int8",
            "speedup": {f"float32, {name}": value for name, value in speed.items()},
            "latency": {
                name.replace("int8", "float32"): took
                for name, took in row["latency"].items() if name.startswith("int8")
            },
            "xz_bytes": None, "packed_bytes": None, "int8": None, "difference": None, "ppr": None,
        }  # fmt: skip

    def _speed(self, line: Json, row: Json) -> Json:
        """Times as fast as the dense float32 file, batch by batch."""
        own = self.latencies.get(folder_of(line), {})
        whole = self.latencies.get(folder_of(next(iter(self.parents.values()))), {})
        speedup = {
            name: whole[name.replace("int8", "float32")]["p10_us"] / took["p10_us"]
            for name, took in own.items()
            if whole
        }
        first = speedup.get("float32, batch 1")
        return {
            "latency": dict(own),
            "speedup": speedup,
            "ppr": row["rate"] / first if first else None,
        }


def missed(aim: str | None, row: Json) -> str | None:
    """By how much a row is larger than what its aim allows, in words."""
    allowed = EVERY_AIM[aim].share if aim else None
    if aim is None or allowed is None:
        return None
    has = row["macs_share"] if EVERY_AIM[aim].of_macs else row["stored_share"]
    return f"target missed: {has:.1%} instead of {allowed:.0%}" if has > SLACK * allowed else None


def folder_of(line: Json) -> str:
    """The folder of a line's files, by the name of its cell."""
    aim = f"-{line['aim']}" if line["aim"] else ""
    return f"{line['entry']}{aim}-seed{line['seed']}"


def _mean(values: Sequence[Any]) -> Any:
    """Rounded to whole ones; None where any is not known."""
    if any(value is None for value in values):
        return None
    return math.floor(mean(values) + 0.5)
