"""What can go wrong in the console, as one tree.

ConsoleError
|-- SettingsError   a setting that cannot be meant
|-- DatabaseError   the database is newer than this program, or cannot be opened
`-- Refused         a request that is not carried out: a plain message and a line in the audit log
    |-- NotAuthentic    401  no key, a wrong one, a revoked one
    |-- NotAllowed      403  the role, the scope or the owner is not right
    |-- NotFound        404  there is none, or it is another site's: which, is not told
    |-- Conflict        409  somebody was quicker, or the same number was used for other words
    |-- Gone            410  a link or a token that was used, is late or was never given
    |-- TooLarge        413  more bytes than are taken
    `-- NotMeant        422  a form or a message that cannot be meant
"""

from __future__ import annotations

from typing import ClassVar


class ConsoleError(Exception):
    """*where* the fault lies and *what* it is, without a full stop."""

    def __init__(self, where: object, what: str) -> None:
        super().__init__(f"{where}: {what}")


class SettingsError(ConsoleError):
    """A setting that cannot be meant."""


class DatabaseError(ConsoleError):
    """The database cannot be used."""


class Refused(Exception):
    """A request that is not carried out. *message* is shown; *detail* goes to the log only.

    values: what stands for `%(name)s` in the message, so that it can be translated where it is
    shown (`wording.words_of`). Programs and the log get it in English.
    """

    status: ClassVar[int] = 400

    def __init__(
        self, message: str, *, event: str = "refused", detail: str = "", **values: object
    ) -> None:
        self.template, self.values = message, values
        self.message = message % values if values else message
        super().__init__(self.message)
        self.event, self.detail = event, detail


class NotAuthentic(Refused):
    """No key, a wrong one, a revoked one."""

    status = 401


class NotAllowed(Refused):
    """The role, the scope or the owner is not right."""

    status = 403


class NotFound(Refused):
    """There is none, or it is another site's: which of the two, is not told."""

    status = 404


class Conflict(Refused):
    """Somebody was quicker, or the same number was used for other words."""

    status = 409


class Gone(Refused):
    """A link or a token that was used, is late or was never given."""

    status = 410


class TooLarge(Refused):
    """More bytes than are taken."""

    status = 413


class NotMeant(Refused):
    """A form or a message that cannot be meant."""

    status = 422
