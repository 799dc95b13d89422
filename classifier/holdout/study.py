"""Slice what a run learned from, and judge each job by the fold that held it out."""

from __future__ import annotations

from pathlib import Path

from classifier.holdout.jobs import SlicedJob, Slicing, jobs_of
from classifier.holdout.judging import Finding, judged
from classifier.holdout.networks import fold_bundle
from classifier.training.examples import PARAMETRIC
from classifier.training.folds import folds_of
from classifier.training.origins import training_origins
from classifier.training.run import Run, fold_name
from dataset_builder.terminal import Bars


def study(
    run: Run, slicing: Slicing, out: Path, progress: Bars
) -> tuple[list[Finding], list[SlicedJob]]:
    """What is said of every mesh file of *run*, and the meshes of which no slicer made a job.

    Raises ConfigError and SourceError for a run or folders that do not belong together.
    """
    bundles = {
        fold: fold_bundle(run, fold, out / fold_name(fold), progress).folder
        for fold in range(run.config.folds.folds)
    }
    found = training_origins(run.data, run.aliases, seed=run.config.seed, models=run.models)
    folded = zip(found.origins, folds_of(found.origins, run.config.folds.folds), strict=True)
    fold_of = {origin: int(fold) for origin, fold in folded if origin.kind != PARAMETRIC}
    jobs = jobs_of(tuple(fold_of), slicing, run.workers, progress("Slicing meshes", len(fold_of)))
    whole = [(fold_of[job.origin], job.origin, job.gcode) for job in jobs if job.gcode is not None]
    findings = judged(whole, bundles, run.workers, progress("Judging jobs", len(whole)))
    return findings, [job for job in jobs if job.gcode is None]
