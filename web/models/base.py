"""What all tables share. Times are UTC seconds since 1970, as on the wire; ids 32 hex digits."""

from __future__ import annotations

from typing import Annotated

from sqlalchemy import Float, ForeignKey, LargeBinary, MetaData, String, Text
from sqlalchemy.orm import DeclarativeBase, mapped_column

from printer_guard.wire import new_id

__all__ = ["Base", "Bytes", "Digest", "Id", "LongText", "Name", "SiteId", "Time", "Word"]


class Base(DeclarativeBase):
    """Constraints have names, so that a migration can drop one."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_N_label)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


Id = Annotated[str, mapped_column(String(32), primary_key=True, default=new_id)]
SiteId = Annotated[str, mapped_column(String(32), ForeignKey("site.id"))]
Time = Annotated[float, mapped_column(Float(53))]
Digest = Annotated[str, mapped_column(String(64))]
Word = Annotated[str, mapped_column(String(32))]
Name = Annotated[str, mapped_column(String(255))]
LongText = Annotated[str, mapped_column(Text)]
Bytes = Annotated[bytes, mapped_column(LargeBinary)]
