"""What can go wrong in the guard, as one tree.

GuardError
|-- SettingsError       a setting that cannot be meant; names file, table and key
|-- WireError           a message that is not of the schema
|-- PrinterError
|   |-- PrinterUnreachable   no answer in time
|   |-- PrinterRefused       it answered, and said no
|   `-- CannotFetch          the bytes of a job cannot be had: policy `cannot_analyse`
|-- JudgingFailed       no verdict came from the child process; says which fault it was
|-- RecordsError        the journal or a store cannot be written or was altered
|-- CameraError         no picture, or a calibration that cannot be meant
|-- ControlError        a request that the control interface cannot carry out
`-- UpdateRefused       a policy or model that is not signed, not newer or not whole

Whatever the error, a job that was held stays held: nothing here is ever a reason to go on.
"""

from __future__ import annotations


class GuardError(Exception):
    """*where* the fault lies, *what* it is and what to do *next*, each without a full stop."""

    def __init__(self, where: object, what: str, next_step: str = "") -> None:
        self.where, self.what, self.next_step = str(where), what, next_step
        advice = f" {next_step}." if next_step else ""
        super().__init__(f"{where}: {what}.{advice}")


class SettingsError(GuardError):
    """A setting that cannot be meant."""


class WireError(GuardError):
    """A message that is not of the schema, or of one that this version does not read."""


class PrinterError(GuardError):
    """A printer, or the host program that drives it, did not do what was asked."""


class PrinterUnreachable(PrinterError):
    """There was no answer in time, or no connection."""


class PrinterRefused(PrinterError):
    """It answered, and said no."""


class CannotFetch(PrinterError):
    """The bytes of a job, exactly as they will run, cannot be had."""


class JudgingFailed(GuardError):
    """The process that judges or watches gave no verdict; never a verdict itself."""


class RecordsError(GuardError):
    """The journal, the verdicts or the outbox cannot be written, or were altered."""


class ControlError(GuardError):
    """A request that the control interface cannot carry out."""


class CameraError(GuardError):
    """A camera gives no picture, or its calibration cannot be meant."""


class UpdateRefused(GuardError):
    """A policy or a model that is not signed, not newer or not whole."""
