"""Claims about scores, schedules and penalties, and the ensemble of what was on the way.

Both sides of a row have the same parent, the same target and the same number of sample visits,
except where a row says otherwise.
"""

from __future__ import annotations

from model_compression.bench.claims import Claim, by, dense
from model_compression.bench.claims_sides import (
    best_alone,
    channels,
    from_scratch,
    moved,
    parent_and_snapshots,
    played,
    pushed,
    rescaled,
    rounds,
    snapshots,
    steps,
    taught,
    thinned,
    together,
    train,
    transferred,
    weights,
)
from model_compression.framework.channels import smallest_filters
from model_compression.framework.criteria import magnitude
from model_compression.framework.curvature import hessian
from model_compression.framework.energy import spectrum
from model_compression.framework.lookahead import lookahead
from model_compression.framework.purify import RemoveUnused
from model_compression.framework.relevance import relevance
from model_compression.framework.schedules import Annealed, Cubic
from model_compression.framework.widths import Limit
from model_compression.recipes.similarity import MergeAlike

ROWS = [
    Claim(
        name="lookahead-beats-magnitude",
        paper="arXiv 2002.04809",
        says="At 99 % sparsity and before any retraining, lookahead keeps more than magnitude.",
        method=by(weights(lookahead)),
        other=by(weights(magnitude)),
        share=1 / 100,
    ),
    Claim(
        name="lookahead-beats-magnitude-retrained",
        paper="arXiv 2002.04809",
        says="The same after an epoch of retraining.",
        method=by(weights(lookahead, 1.0)),
        other=by(weights(magnitude, 1.0)),
        share=1 / 100,
    ),
    Claim(
        name="curvature-survives-rescaling",
        paper="arXiv 2006.10903",
        says="Where layers are scaled against each other, curvature keeps what magnitude loses.",
        method=rescaled(by(weights(hessian, overall=True))),
        other=rescaled(by(weights(magnitude, overall=True))),
        share=1 / 10,
    ),
    Claim(
        name="gradual-beats-one-shot",
        paper="arXiv 1710.01878",
        says="Weights that leave gradually leave a better network than one cut.",
        method=by(thinned(Cubic(ends=0.75), 2.0, 1.0)),
        other=by(weights(magnitude, 3.0)),
        share=1 / 100,
    ),
    Claim(
        name="annealing-beats-one-shot",
        paper="arXiv 2002.04301",
        says="Annealing the number of weights leaves a better network than one cut.",
        method=by(thinned(Annealed(10.0), 2.0, 1.0)),
        other=by(weights(magnitude, 3.0)),
        share=1 / 100,
    ),
    Claim(
        name="movement-beats-magnitude-in-transfer",
        paper="arXiv 2005.07683",
        says="Fine-tuned on another task down to 3 %, movement keeps more than magnitude.",
        method=transferred(by(moved(2.0, 1.0))),
        other=transferred(by(thinned(Cubic(ends=0.75), 2.0, 1.0))),
        share=0.03,
    ),
    Claim(
        name="spectrum-beats-norm",
        paper="arXiv 2105.03679",
        says="Channels kept by their maps' spectrum make a better network than by L1 norm.",
        method=by(channels(spectrum, 1.0)),
        other=by(channels(smallest_filters, 1.0)),
        network="lenet5",
        share=1 / 20,
    ),
    Claim(
        name="merging-beats-dropping",
        paper="arXiv 1908.02620",
        says="Before retraining, channels merged by similarity lose less than those of least norm.",
        method=by(lambda goal: [MergeAlike(Limit.of(goal)), RemoveUnused()]),
        other=by(channels(smallest_filters)),
        network="lenet5",
        share=1 / 4,
    ),
    Claim(
        name="relevance-loses-little",
        paper="arXiv 2002.09958",
        says="2.4 times fewer weights by relevance, while training goes on, cost under a point.",
        method=by(steps(relevance, 4, 2.0, 1.0)),
        other=dense,
        share=1 / 2.4,
        margin=-1.0,
    ),
    Claim(
        name="relevance-beats-norm",
        paper="arXiv 2002.09958",
        says="Gradually to a twentieth, relevance keeps more than L1 norm.",
        method=by(steps(relevance, 4, 2.0, 1.0)),
        other=by(steps(smallest_filters, 4, 2.0, 1.0)),
        share=1 / 20,
    ),
    Claim(
        name="no-retraining-needed",
        paper="arXiv 2003.02800",
        says=(
            "Pruned during the one training, a sixth of the weights is within half a point of "
            "training, cutting and retraining in as many epochs."
        ),
        method=by(from_scratch(0.75, steps(smallest_filters, 4, 2.0, 2.25))),
        other=by(from_scratch(2.5, channels(smallest_filters, 2.5))),
        share=1 / 6,
        margin=-0.5,
    ),
    Claim(
        name="growing-beats-one-shot",
        paper="arXiv 2012.09243",
        says="The same filters pushed out by a growing penalty cost less than when cut at once.",
        method=by(pushed(2.0, 1.0)),
        other=by(channels(smallest_filters, 3.0)),
        share=1 / 20,
    ),
    Claim(
        name="picking-beats-norm",
        paper="arXiv 2012.09243",
        says="Filters picked after a small penalty on all (GReg-2) are better chosen (GReg-1).",
        method=by(pushed(1.0, 1.0, picking=1.0)),
        other=by(pushed(2.0, 1.0)),
        share=1 / 20,
    ),
    Claim(
        name="playing-beats-one-cut",
        paper="arXiv 1905.04446",
        says="Pruned as fast as a tolerance allows, a network is better than after one cut.",
        method=by(played(6, 2.0, 1.0)),
        other=by(channels(smallest_filters, 3.0)),
        share=1 / 20,
    ),
    Claim(
        name="ensemble-beats-members",
        paper="arXiv 2006.11487",
        says="Parent and snapshots together are better than the best of them.",
        method=together(parent_and_snapshots),
        other=best_alone(parent_and_snapshots),
        share=1 / 20,
    ),
    Claim(
        name="ensemble-beats-snapshots",
        paper="arXiv 2006.11487",
        says="Without the parent, all snapshots together are better than the best of them.",
        method=together(snapshots),
        other=best_alone(snapshots),
        share=1 / 20,
    ),
    Claim(
        name="snapshots-teach",
        paper="arXiv 2006.11487",
        says="Taught by all snapshots for an epoch, the last one is better than trained alone.",
        method=by(taught),
        other=by(lambda goal: [*rounds(goal), *train(1.0)]),
        share=1 / 20,
    ),
]
