"""Timings beside named rivals, as ratios of CPU time in one run."""
