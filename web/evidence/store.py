"""The evidence of a job: checked, drawn anew, kept in the database, shown to its site only.

A picture is decoded and encoded again, so that what a browser gets was made here and holds nothing
but pixels. Evidence of a job that was let pass is not taken: it shall not leave the guard.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping

from PIL import Image, UnidentifiedImageError
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from web.actor import Actor
from web.audit.chain import append
from web.clock import now
from web.errors import Conflict, NotFound, NotMeant
from web.events import announce
from web.evidence.unpacking import unpack
from web.jobs.queries import one
from web.models.jobs import EvidencePart, Job, State

MEDIA_TYPES: Mapping[str, str] = {
    "webp": "image/webp",
    "json": "application/json",
    "bin": "application/octet-stream",
}
MOST_PIXELS = 16_000_000
LOSSLESS = b"VP8L"  # the kind of the first chunk, at byte 12
QUALITY = 88
UNWANTED = (State.PASSED, State.JUDGING)


def read(data: bytes) -> dict[str, bytes]:
    """The parts of a ZIP, pictures drawn anew. Raises TooLarge or NotMeant."""
    return {
        name: _redrawn(name, body) if name.endswith(".webp") else body
        for name, body in unpack(data).items()
    }


def put(session: Session, by: Actor, job: Job, parts: Mapping[str, bytes]) -> None:
    """Keep *parts* in place of what was there. Raises Conflict for a job that was let pass."""
    if job.state in UNWANTED:
        raise Conflict("This job was not held: its evidence stays where it is.")
    session.execute(delete(EvidencePart).where(EvidencePart.job_id == job.id))
    for name, body in parts.items():
        session.add(
            EvidencePart(
                job_id=job.id,
                name=name,
                media_type=MEDIA_TYPES[name.rpartition(".")[2]],
                size_bytes=len(body),
                sha256=hashlib.sha256(body).hexdigest(),
                stored_at=now(),
                body=body,
            )
        )
    total = sum(map(len, parts.values()))
    append(session, by, "evidence-stored", job.id, parts=len(parts), size_bytes=total)
    announce(session, f"site:{job.site_id}")


def names(session: Session, job: Job) -> list[str]:
    """What there is of a job."""
    query = select(EvidencePart.name).where(EvidencePart.job_id == job.id)
    return list(session.scalars(query.order_by(EvidencePart.name)))


def get(session: Session, who: Actor, job_id: str, name: str) -> EvidencePart:
    """One part, for people of the job's site. Raises NotFound."""
    job = one(session, who, job_id)
    part = session.get(EvidencePart, (job.id, name))
    if part is None:
        raise NotFound("There is no such picture (any more).", event="not-found")
    return part


def _redrawn(name: str, body: bytes) -> bytes:
    try:
        with Image.open(io.BytesIO(body), formats=("WEBP",)) as picture:
            if picture.width * picture.height > MOST_PIXELS or getattr(picture, "n_frames", 1) > 1:
                raise NotMeant(f"{name} is larger than a picture of evidence may be.")
            plain = picture.convert("RGBA" if picture.has_transparency_data else "RGB")
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError) as error:
        raise NotMeant(f"{name} is no picture.", detail=repr(error)) from error
    drawn = io.BytesIO()
    lossless = body[12:16] == LOSSLESS
    plain.save(drawn, "WEBP", lossless=lossless, quality=50 if lossless else QUALITY, method=2)
    return drawn.getvalue()
