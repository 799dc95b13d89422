"""Layers to pictures."""
