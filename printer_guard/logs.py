"""Messages for people: to standard error, which systemd keeps, or to a file that is rotated.

The journal is the record; what stands here may be lost.
"""

from __future__ import annotations

import logging
import logging.handlers
import sys

from printer_guard.settings import Log

FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"
UNPRINTABLE = {number: f"\\x{number:02x}" for number in (*range(32), 127)}


class _OneLine(logging.Formatter):
    """Names come from whoever made a job: none of them may begin a line of its own."""

    def format(self, record: logging.LogRecord) -> str:
        """One message; a traceback keeps its lines."""
        record.msg, record.args = record.getMessage().translate(UNPRINTABLE), None
        return super().format(record)


def set_up_logs(log: Log) -> None:
    """Send all messages of this process where *log* says. Raises OSError for its file."""
    handler: logging.Handler
    if log.file is None:
        handler = logging.StreamHandler(sys.stderr)
    else:
        handler = logging.handlers.RotatingFileHandler(
            log.file, maxBytes=log.file_mib << 20, backupCount=log.files, encoding="utf-8"
        )
    handler.setFormatter(_OneLine(FORMAT))
    logging.basicConfig(level=log.level.upper(), handlers=[handler], force=True)
