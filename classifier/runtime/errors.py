"""What can be wrong with a bundle or a policy, as one tree.

ClassifierError
|-- BundleError      a bundle is missing, incomplete, altered or of another schema
`-- PolicyError      thresholds that cannot be meant
"""

from __future__ import annotations


class ClassifierError(Exception):
    """*where* the fault lies, *what* it is and what to do *next*, each without a full stop."""

    def __init__(self, where: object, what: str, next_step: str) -> None:
        self.where, self.what, self.next_step = str(where), what, next_step
        super().__init__(f"{where}: {what}. {next_step}.")


class BundleError(ClassifierError):
    """A bundle that cannot be trusted, so nothing can be judged with it."""


class PolicyError(ClassifierError):
    """Thresholds that contradict each other."""
