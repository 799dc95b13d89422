"""Toolpath, Mesh, Layers: the arrays and their invariants."""
