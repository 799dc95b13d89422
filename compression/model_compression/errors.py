"""What can be wrong with a compression, said in one sentence: where, what, what to do next."""

from __future__ import annotations


class CompressionError(ValueError):
    """One sentence for whoever asked; the command line prints it and exits with 2."""
