"""Claims about who says how wide each layer is: gates, activity, a chain, an agent.

All are weighed against the same share of every layer by norm. Where the method trains before it
cuts, so does the other side; a search by validation examples comes on top, as in its paper.
"""

from __future__ import annotations

from model_compression.bench.claims import Claim, by
from model_compression.bench.claims_sides import RATE, Stages, channels, train
from model_compression.framework.channels import cut, smallest_filters
from model_compression.framework.layers import layers_of
from model_compression.framework.purify import RemoveUnused
from model_compression.framework.recipe import Goal
from model_compression.framework.stage import UNAIDED, Stage
from model_compression.framework.training import Course
from model_compression.framework.widths import Limit
from model_compression.recipes.bwcp import WhitenAndClose
from model_compression.recipes.c2s2 import Decide, Trim
from model_compression.recipes.deep_rl import SearchWidths
from model_compression.recipes.dmcp import Forgotten, LearnWidths


def decided(epochs: float, after: float) -> Stages:
    """Gates layer by layer, *epochs* in all."""

    def stages(goal: Goal) -> list[Stage]:
        limit, layers = Limit.of(goal), list(layers_of(goal.network))[:-1]
        course = Course(epochs=epochs / len(layers))
        gates: list[Stage] = []
        for layer in layers:
            decide = Decide(layer=layer, limit=limit, course=course, aids=UNAIDED)
            gates += [decide, RemoveUnused()]
        return [*gates, Trim(limit), RemoveUnused(), *train(after)]

    return stages


def whitened(epochs: float, after: float) -> Stages:
    """Channels whitened, and closed by activity."""
    course = Course(epochs=epochs, rate=RATE)
    return lambda goal: [
        WhitenAndClose(limit=Limit.of(goal), course=course, aids=UNAIDED),
        RemoveUnused(),
        *train(after),
    ]


def trained_before(epochs: float, after: float) -> Stages:
    """As much training, then equal shares by norm."""
    return lambda goal: [*train(epochs), *channels(smallest_filters, after)(goal)]


def walked(after: float) -> Stages:
    """An agent's shares, by norm within a layer."""
    return lambda goal: [SearchWidths(Limit.of(goal)), RemoveUnused(), *train(after)]


def chained(epochs: float, after: float) -> Stages:
    """A chain's widths, all weights drawn anew."""
    course = Course(epochs=epochs)
    return lambda goal: [
        LearnWidths(limit=Limit.of(goal), course=course),
        RemoveUnused(),
        Forgotten(),
        *train(after),
    ]


def evenly(after: float) -> Stages:
    """Equal shares, all weights drawn anew."""
    return lambda goal: [*cut(smallest_filters, Limit.of(goal)), Forgotten(), *train(after)]


ROWS = [
    Claim(
        name="gates-layer-by-layer-beat-norm",
        paper="arXiv 1904.03508",
        says="To a twentieth, channels closed layer by layer by a real and a binary gate are "
        "missed less than those of small norm, after the same retraining.",
        method=by(decided(3.0, 1.0)),
        other=by(trained_before(3.0, 1.0)),
        network="lenet5",
        share=1 / 20,
    ),
    Claim(
        name="activity-beats-norm",
        paper="arXiv 2105.06423",
        says="To a twentieth, whitened channels that are seldom active are missed less than those "
        "of small norm, after the same retraining.",
        method=by(whitened(2.0, 1.0)),
        other=by(trained_before(2.0, 1.0)),
        network="lenet5",
        share=1 / 20,
    ),
    Claim(
        name="chains-widths-beat-equal-ones",
        paper="arXiv 2005.03354",
        says="Trained from scratch alike, a twentieth in a chain's widths is better than in equal "
        "shares.",
        method=by(chained(1.0, 3.0)),
        other=by(evenly(3.0)),
        network="lenet5",
        share=1 / 20,
    ),
    Claim(
        name="agents-widths-beat-equal-ones",
        paper="arXiv 1912.02254",
        says="To a twentieth, the widths that an agent finds are better than equal shares, after "
        "the same retraining.",
        method=by(walked(1.0)),
        other=by(channels(smallest_filters, 1.0)),
        network="lenet5",
        share=1 / 20,
    ),
]
