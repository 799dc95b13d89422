"""Smaller networks: every method of the reference list in one framework."""
