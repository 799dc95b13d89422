"""All tables at once: importing this makes `METADATA` whole."""

from __future__ import annotations

from web.models import decisions, fleet, jobs, people, records
from web.models.base import Base

__all__ = ["METADATA", "decisions", "fleet", "jobs", "people", "records"]

METADATA = Base.metadata
