"""What can be wrong with a library of known shapes, as one tree.

ClassifierError
`-- LibraryError         a library that can't be read, or a request it can't fulfil
    `-- NotEnrolled      a file that makes no reference: too thin, too small, more than one object
"""

from __future__ import annotations

from classifier.runtime.errors import ClassifierError


class LibraryError(ClassifierError):
    """A library of references is unreadable or altered, or a name is taken or unknown."""


class NotEnrolled(LibraryError):
    """A file that no reference can be made of."""
