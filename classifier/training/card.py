"""The model card: what a bundle is for, what it was made of, what it was measured to do, how it
fails. Everything but its set phrases comes from the manifest and the tables.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from classifier.metrics import Rate
from classifier.runtime.bundle import FAILURES
from classifier.training.compressed import compressed_section
from classifier.training.costs import in_words
from classifier.training.tables import BY_MODEL
from dataset_builder.sources.labels import LABELS

WORST_MODELS = 24  # rows of the one table that would have hundreds
Tables = Mapping[str, Mapping[str, Rate]]

HEAD = """# {name} {version}

A network of {parameters} parameters that looks at six small pictures of an object, three
silhouettes and three X-rays along the object's own axes, and says which of {labels} outlines it
resembles and how near that is to what it has learned from.

## Intended use

A first look at print jobs, on the printer's own host, before they are printed: most jobs go on,
a few wait for a person, and what is surely weapon-shaped is stopped until a person has looked.
The person decides. `docs/contract.md` says what a record holds.

## Not intended

- To say what an object is for, who made it, or whether it is lawful. It sees outlines.
- To judge alone. Nobody should be accused, refused or reported because of this network.
- To find parts: a part of a weapon, or a weapon in pieces, need not look like one.
- Media other than print jobs: photographs, drawings, scans of rooms.

## Data

{examples} pictures of {objects}: each object turned at random before it is drawn, seen along
its own axes as the runtime sees it. Parametric models are outer envelopes with random
proportions, without any function or inside; meshes of weapon-shaped things are game props. No
functional weapon geometry is among them.

| source | objects | weapon-shaped | licence | credit |
|---|---|---|---|---|
{sources}
{skipped}
Made again with

    {command}

configuration `{config_sha}`, examples `{examples_sha}` (first digits of SHA-256; the
configuration itself is in manifest.json).

## What it was measured to do

{folds} networks of the same kind were trained for {fold_steps} steps each, and each judged what it
had seen nothing of: mesh files from other sources and by other makers, parametric models of other
families. All figures below are theirs, pooled; the network that ships was then trained for {steps}
steps on everything. Intervals are Wilson 95 %. Objects of one source or family resemble each
other, so the true uncertainty is wider. Everyday shares at the thresholds are what the thresholds
were chosen for, on these very objects; recall is measured.

### Thresholds

| verdict | from a score of | promised share of everyday objects | chosen on | counting as n |
|---|---|---|---|---|
{promises}

By conformal risk control (arXiv 2208.02814): the promise holds for everyday objects that come as
these did. {kept}

### Calibration

Expected calibration error {error:.3f} (15 bins, both groups weighing the same, each fold calibrated
by the others). A score of 0.5 means: as likely as not, had nothing been known before.

### Unlike anything learned

An object whose mean distance from its {neighbours} nearest training shapes is over {limit:.3f} goes
to a person whatever its score; {unfamiliar:.1%} of held-out everyday pictures lie farther.
"""

TAIL = """
## The worst mistakes

![The worst mistakes about held-out objects]({failures})

{missed}

## Cost of training

{costs}.

## How it fails

- It knows outlines. A part of a weapon, a weapon in pieces, a weapon-shaped thing inside a larger
  body or joined to other geometry is likely to pass as clear.
- Toys, props and film replicas with the outline of a weapon look weapon-shaped to it, and should.
- Everyday objects with a raked handle, a long bar with a cross-piece, or a slim taper can be sent
  to review or flagged. The tables say how often.
- Weapons of kinds outside its labels (clubs, slingshots) are not its subject.
- A score is a probability among shapes like its training shapes; a real print queue is different.
- Somebody who wants to fool it can: it is open, small and was not trained against an adversary.
"""


def write_card(manifest: Mapping[str, Any], tables: Tables) -> str:
    """The card as Markdown; *tables* are titled rates."""
    training = manifest["training"]
    config = training["config"]
    head = HEAD.format(
        name=manifest["name"],
        version=manifest["version"],
        labels=len(LABELS),
        parameters=training["parameters"],
        examples=training["examples"],
        objects=_objects(training["sources"]),
        sources="\n".join(_sources(training["sources"])),
        skipped=_skipped(training["skipped"]),
        command=training["command"],
        config_sha=training["config_sha256"][:16],
        examples_sha=training["examples_sha256"][:16],
        folds=config["folds"]["folds"],
        fold_steps=config["folds"]["steps"],
        steps=config["schedule"]["steps"],
        promises="\n".join(_promises(training["promises"])),
        kept=_kept(training["promises"]),
        error=training["calibration"]["expected_error"],
        unfamiliar=config["rates"]["unfamiliar"],
        **manifest["familiarity"],
    )
    tail = TAIL.format(
        failures=FAILURES, missed=_missed(training["failures"]), costs=in_words(training["costs"])
    )
    sections = "".join(_section(*table) for table in tables.items())
    return head + sections + compressed_section(manifest.get("compression")) + _labels() + tail


def _objects(sources: list[Mapping[str, Any]]) -> str:
    models = sum(row["objects"] for row in sources if row["source"] == "parametric")
    files = sum(row["objects"] for row in sources if row["source"] != "parametric")
    said = f"{models} parametric models"
    return f"{said} and {files} mesh files" if files else said


def _sources(sources: list[Mapping[str, Any]]) -> Iterator[str]:
    for row in sources:
        yield (
            f"| {row['source']} | {row['objects']} | {row['weapon_shaped']} | "
            f"{'; '.join(row['licences'])} | {'; '.join(row['credits'])} |"
        )


def _skipped(names: list[str]) -> str:
    if not names:
        return ""
    return f"\nLeft out as broken or not what their manifest says: {', '.join(names)}.\n"


def _promises(promises: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    for name, verdict in (("flag_at", "flagged"), ("review_at", "review or flagged")):
        row = promises[name]
        share = f"{row['rate']:.1%}" if row["kept"] else f"{row['rate']:.1%}: not kept"
        yield (
            f"| {verdict} | {row['threshold']:.6f} | {share} | {row['objects']} everyday objects "
            f"| {row['n']:g} |"
        )


def _kept(promises: Mapping[str, Mapping[str, Any]]) -> str:
    broken = [row for row in promises.values() if not row["kept"]]
    if not broken:
        return "Both promises are kept."
    said = "; ".join(
        f"{row['rate']:.1%} needs n of {math.ceil(1 / max(row['rate'], 1e-9) - 1)} or more"
        for row in broken
    )
    return (
        f"**Not all promises can be made from so few objects: {said}.** There the threshold is "
        "just above the highest score of any held-out everyday object."
    )


def _missed(failures: Mapping[str, int]) -> str:
    return (
        f"{failures['missed']} weapon-shaped origins with a picture that would be clear and "
        f"{failures['alarms']} everyday ones with a picture that would not are shown, at most 12 "
        "of each, the worst first; each tile shows the worst picture of its object."
    )


def _section(title: str, rates: Mapping[str, Rate]) -> str:
    shown, note = rates, ""
    if title == BY_MODEL and len(rates) > WORST_MODELS:
        ranked = sorted(rates.items(), key=_surprise, reverse=True)
        shown = dict(ranked[:WORST_MODELS])
        note = f"The {WORST_MODELS} worst; all {len(rates)} are in manifest.json.\n\n"
    rows = "".join(f"| {name} | {rate} |\n" for name, rate in shown.items())
    return f"\n### {title}\n\n{note}| | share [95 % interval] |\n|---|---|\n{rows}"


def _surprise(row: tuple[str, Rate]) -> float:
    """How wrong the share of a model is: weapon-shaped ones should not be clear, others should."""
    name, rate = row
    shaped = any(label.weapon_shaped and f"({label.name})" in name for label in LABELS)
    return 1 - rate.share if shaped else rate.share


def _labels() -> str:
    rows = "".join(
        f"| {label.name} | {'yes' if label.weapon_shaped else 'no'} | {label.meaning} |\n"
        for label in LABELS
    )
    return f"\n## Labels\n\n| label | weapon-shaped | outline |\n|---|---|---|\n{rows}"
