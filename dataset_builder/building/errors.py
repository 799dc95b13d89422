"""What stops a build. Each is one sentence: where, what, what to do next."""

from __future__ import annotations


class BuildError(Exception):
    """A dataset cannot be built, or not here."""


class FolderTaken(BuildError):
    """The output folder holds something that must not be overwritten."""


class ShardDamaged(BuildError):
    """A finished shard is no longer what was written."""


class BuildStopped(BuildError):
    """The machine gave out; what is done is kept."""
