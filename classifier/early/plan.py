"""What decides an early network; needs nothing, so that `early --help` is quick."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class EarlyPlan:
    """draws_per_family: training prints of each parametric family, each in one pose.

    weapon_poses, everyday_poses: poses of each real mesh that is trained on; share_reshaped: of
    them that show it in other proportions. looks: of each print, at random heights; looks_a_step:
    how many of them a training step takes, of each of *batch* prints. size_px: of the pictures.
    held_out_draws: of each held-out family, each in the three poses that are reported.
    held_out_fold: which fold of sources and families is measured. looks_on_end, false_stops: the
    rule that stops a print, and the share of whole everyday prints that it may stop.
    """

    seed: int = 1
    design: str = "cumulative"
    draws_per_family: int = 20
    weapon_poses: int = 40
    everyday_poses: int = 12
    share_reshaped: float = 0.5
    looks: int = 8
    looks_a_step: int = 2
    size_px: int = 48
    steps: int = 12_000
    batch: int = 48
    rate: float = 3e-3
    held_out_draws: int = 8
    held_out_fold: int = 2
    looks_on_end: int = 2
    false_stops: float = 0.003
