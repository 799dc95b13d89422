"""From objects to an early network: draw growing prints, fit, export, replay what was held out."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import torch

from classifier.early.chart import write_chart
from classifier.early.export import check_same, export_onnx
from classifier.early.fit import fit
from classifier.early.growing import Advance, Prints, draw_prints
from classifier.early.plan import EarlyPlan
from classifier.early.replay import Traces, replay
from classifier.early.report import Figures, figures
from classifier.early.stops import conformal_threshold, counted, sustained
from classifier.early.subjects import Subjects, parametric_subjects, real_subjects
from classifier.runtime.bundle import EARLY
from classifier.runtime.early import EarlyNetwork
from dataset_builder.sources.labels import LABELS
from dataset_builder.sources.origin import Origin

Progress = Callable[[str, int], Callable[[int], None]]
"""Given a title and a total, returns what is called with each advance."""
ENTRY, TRACES, REPORT, CHART = "early.json", "traces.npz", "report.json", "early.png"


@dataclass(frozen=True, slots=True)
class Made:
    """What a run leaves in its folder: the network's bytes, its entry and the figures."""

    model: bytes
    entry: Mapping[str, Any]
    report: Figures


def subjects_of(plan: EarlyPlan, meshes: Path | None) -> Subjects:
    """Parametric families, and the real meshes of *meshes* if given."""
    drawn = parametric_subjects(
        plan.draws_per_family, plan.held_out_draws, seed=plan.seed, fold=plan.held_out_fold
    )
    real = real_subjects(meshes, plan.held_out_fold) if meshes else Subjects((), ())
    return Subjects(real.seen + drawn.seen, real.held_out + drawn.held_out)


def train(
    out: Path,
    plan: EarlyPlan,
    *,
    meshes: Path | None = None,
    cache: Path | None = None,
    progress: Progress = lambda *_: lambda _: None,
) -> Made:
    """Write early.onnx, its entry, traces, report and chart to *out*.

    The same plan and objects give the same bytes on one machine. meshes: a folder with
    weapon_props/ and benign/. cache: where drawn prints are kept for the next run.
    Raises ExportError when onnxruntime and torch disagree.
    """
    torch.set_num_threads(1)  # sums over threads differ in their last bits
    subjects = subjects_of(plan, meshes)
    advance = progress("Drawing growing prints", len(subjects.seen))
    prints = drawn_once(subjects.seen, plan, cache, advance)
    advance = progress("Training", plan.steps)
    network = fit(prints, plan, lambda _step, _loss: advance(1))
    model = export_onnx(network, prints)
    exported = EarlyNetwork(model, _entry(plan, at=1.0))
    check_same(network, exported, prints)
    advance = progress("Replaying held-out prints", len(subjects.held_out))
    traces = replay(exported, subjects.held_out, plan.seed, advance)
    report = figures(traces, plan.looks_on_end)
    entry = _entry(plan, at=_threshold(traces, plan)) | {
        "training": {
            **asdict(plan),
            "objects": len(subjects.seen),
            "prints": len(prints),
            "parameters": sum(weights.numel() for weights in network.parameters()),
        },
        "metrics": _brief(report),
    }
    _write(out, Made(model, entry, report), traces)
    return Made(model, entry, report)


def report_again(folder: Path) -> Figures:
    """Make the report and the chart in *folder* from its traces, by the rule of its entry."""
    entry = json.loads((folder / ENTRY).read_text(encoding="utf-8"))
    report = figures(Traces.load(folder / TRACES), entry["stop"]["looks"])
    _write_report(folder, report)
    return report


def drawn_once(
    origins: Sequence[Origin],
    plan: EarlyPlan,
    cache: Path | None,
    advance: Advance = lambda _: None,
) -> Prints:
    """The training prints of *origins*, from *cache* where the same ones were drawn before.

    Each parametric family is kept by itself, so that a new one costs no more than its own drawing.
    """
    groups: dict[str, list[Origin]] = defaultdict(list)
    for origin in origins:
        groups[origin.family if origin.kind == "parametric" else origin.kind].append(origin)
    return Prints.joined([_group_once(group, plan, cache, advance) for group in groups.values()])


def _group_once(
    origins: Sequence[Origin], plan: EarlyPlan, cache: Path | None, advance: Advance
) -> Prints:
    kept = cache / f"prints-{_digest(origins, plan)}.npz" if cache else None
    if kept and kept.exists():
        advance(len(origins))
        return Prints.load(kept)
    poses = {True: plan.weapon_poses, False: plan.everyday_poses}
    prints = draw_prints(
        origins,
        plan,
        advance,
        poses_of=lambda origin: poses[origin.weapon_shaped] if origin.kind == "mesh" else 1,
    )
    if kept:
        prints.save(kept)
    return prints


def _digest(origins: Sequence[Origin], plan: EarlyPlan) -> str:
    """Of all that decides a drawing."""
    drawing = (
        plan.seed, plan.looks, plan.size_px, plan.weapon_poses, plan.everyday_poses,
        plan.share_reshaped,
    )  # fmt: skip
    names = [(origin.name, origin.sha256) for origin in origins]
    return sha256(json.dumps([drawing, names]).encode()).hexdigest()[:16]


def _threshold(traces: Traces, plan: EarlyPlan) -> float:
    """The one that ships: chosen on all that counts of what was held out.

    Too few of them cannot promise the rate: then nothing but certainty stops a print.
    """
    maxima = sustained(traces.scores[counted(traces)], plan.looks_on_end).max(axis=1, initial=0.0)
    return min(conformal_threshold(maxima, plan.false_stops), 1.0)


def _entry(plan: EarlyPlan, at: float) -> dict[str, Any]:
    return {
        "labels": [{"name": label.name, "weapon_shaped": label.weapon_shaped} for label in LABELS],
        "size_px": plan.size_px,
        "stop": {"at": at, "looks": plan.looks_on_end, "false_stops": plan.false_stops},
    }


def _brief(report: Figures) -> list[dict[str, Any]]:
    """The report without its curves, as a manifest holds it."""
    curves = ("recall_curve", "false_stop_curve")
    return [
        {"rate": at_rate["rate"], **{k: v for k, v in row.items() if k not in curves}}
        for at_rate in report["rates"]
        for row in at_rate["rows"]
    ]


def _write(out: Path, made: Made, traces: Traces) -> None:
    out.mkdir(parents=True, exist_ok=True)
    (out / EARLY).write_bytes(made.model)
    (out / ENTRY).write_text(json.dumps(made.entry, indent=1) + "\n", encoding="utf-8")
    traces.save(out / TRACES)
    _write_report(out, made.report)


def _write_report(out: Path, report: Figures) -> None:
    (out / REPORT).write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    write_chart(report, out / CHART)
