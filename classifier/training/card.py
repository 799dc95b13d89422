"""The model card: what a bundle was made of, what it was measured to do, how it fails."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from classifier.metrics import Rate
from dataset_builder.sources.labels import LABELS
from dataset_builder.sources.solids import SOLIDS

COMMAND = (
    "python -m classifier.training.train --out BUNDLE --seed {seed} --draws {draws_per_model} "
    "--steps {steps} --meshes MESHES"
)
HEAD = """# {name} {version}

The network that ships with Printwarden so that `printwarden scan` works at once. It looks at six
small pictures of an object, three silhouettes and three X-rays along the object's own axes, and
says which of {labels} outlines it resembles. It is small ({parameters} parameters) and has only
ever seen shapes made by formulas: **a first line that sends jobs to a person, not a judge.**

## What it was trained on

{examples} draws of {models} parametric models ({weapon} of them weapon-shaped), all made by
`dataset_builder/sources`: outer envelopes with random proportions, without any function or inside,
in random orientations. No real object and no real weapon is among them. Made again, and measured
again, with

    {command}

## What it was measured to do

A job is flagged from a score of {flag_at:.2f} and sent to a person from {review_at:.2f}. Both were
chosen so that one in ten draws of everyday models that the judging network had never seen goes to
review and one in twenty-five is flagged. Those two shares were settled with a look at the real
meshes, so the figures on them are somewhat kind. Intervals are Wilson 95 %; draws of one model
resemble each other, so for models never seen the true uncertainty is wider. "Other" props (bows,
axes, launchers) count for no side in the totals. An object farther than {limit:.3f} from the
{neighbours} examples it is most like goes to a person whatever its score: one in fifty examples
is, measured as if its model had never been seen.
"""

TAIL = """
## How it fails

- It knows outlines. A part of a weapon, a weapon in pieces, a weapon-shaped thing inside a larger
  body or joined to other geometry is likely to pass as clear.
- Toys, props and film replicas with the outline of a weapon look weapon-shaped to it, and should.
- Everyday objects with a raked handle, a long bar with a cross-piece, or a slim taper can be sent
  to review or flagged. The tables say how often.
- Weapons of kinds outside its labels (clubs, slingshots) are not its subject.
- A score is a probability among shapes like its training shapes; a real print queue is different.
- Somebody who wants to fool it can: it is open, small and was not trained against an adversary.

Nobody should be accused, refused or reported because of this network alone.
"""


def write_card(manifest: Mapping[str, Any], tables: Mapping[str, Mapping[str, Rate]]) -> str:
    """The card as Markdown; *tables* are titled rates."""
    training = manifest["training"]
    head = HEAD.format(
        name=manifest["name"],
        version=manifest["version"],
        labels=len(LABELS),
        parameters=training["parameters"],
        examples=training["examples"],
        models=len(SOLIDS),
        weapon=sum(solid.label.weapon_shaped for solid in SOLIDS.values()),
        command=COMMAND.format(**training),
        **manifest["thresholds"],
        **manifest["familiarity"],
    )
    return head + "".join(_section(*table) for table in tables.items()) + _labels() + TAIL


def _section(title: str, rates: Mapping[str, Rate]) -> str:
    rows = "".join(f"| {name} | {rate} |\n" for name, rate in rates.items())
    return f"\n### {title}\n\n| | share [95 % interval] |\n|---|---|\n{rows}"


def _labels() -> str:
    rows = "".join(
        f"| {label.name} | {'yes' if label.weapon_shaped else 'no'} | {label.meaning} |\n"
        for label in LABELS
    )
    return f"\n## Labels\n\n| label | weapon-shaped | outline |\n|---|---|---|\n{rows}"
