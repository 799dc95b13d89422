"""The curves of a report as one PNG: recall and false stops against the share printed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from classifier.early.subjects import POSES

if TYPE_CHECKING:
    from classifier.early.report import Figures

COLOURS = ("#0b6e99", "#b3541e", "#5b7d2f")
STYLES = {"real": "-", "parametric": ":"}
RAREST = 1e-4  # false stops below this are drawn at the lower edge
DPI = 150


def write_chart(report: Figures, path: Path) -> None:
    """One row a false-stop rate: recall on the left, false stops (logarithmic) on the right."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    rates = report["rates"]
    figure, axes = plt.subplots(len(rates), 2, figsize=(9, 3.4 * len(rates)), squeeze=False)
    for (recall, false_stops), at_rate in zip(axes, rates, strict=True):
        _draw(recall, report["printed"], at_rate, "recall_curve")
        _draw(false_stops, report["printed"], at_rate, "false_stop_curve")
        recall.set(ylim=(0, 1), ylabel="weapon-shaped prints stopped")
        recall.set_title(f"at {100 * at_rate['rate']:g} % false stops allowed")
        false_stops.set(yscale="log", ylim=(RAREST, 0.1), ylabel="everyday prints stopped")
        false_stops.axhline(at_rate["rate"], color="0.6", linewidth=0.8)
        recall.axvline(0.35, color="0.6", linewidth=0.8)
    # the same curves in every panel; inside one a legend would cover them
    lines, names = axes[0][0].get_legend_handles_labels()
    figure.legend(lines, names, fontsize=8, frameon=False, loc="lower center", ncol=len(POSES))
    figure.tight_layout(rect=(0, 0.06, 1, 1))
    figure.savefig(path, dpi=DPI, metadata={"Software": None})
    plt.close(figure)


def _draw(axis: Any, printed: list[float], at_rate: Figures, curve: str) -> None:
    for kind, style in STYLES.items():
        for pose, colour in zip(POSES, COLOURS, strict=True):
            row = next(r for r in at_rate["rows"] if (r["kind"], r["pose"]) == (kind, pose))
            shares = [max(r["hits"] / max(r["of"], 1), RAREST) for r in row[curve]]
            name = f"{kind}, {pose}, n = {row[curve][0]['of']}"
            axis.step(printed, shares, style, where="post", color=colour, label=name, linewidth=1.4)
    axis.set(xlim=(0, 1), xlabel="share of the layers printed")
    axis.spines[["top", "right"]].set_visible(False)
