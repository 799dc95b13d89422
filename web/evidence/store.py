"""Evidence of a held job: kept part by part, its pictures decoded and drawn anew first.

A picture that has gone through a decoder and an encoder holds pixels and nothing else.
"""

from __future__ import annotations

import hashlib
import io

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from web.actor import Actor
from web.audit.chain import append
from web.clock import now
from web.errors import NotFound, NotMeant
from web.events import announce
from web.evidence.unpacking import unpack
from web.jobs.queries import one
from web.models.jobs import EvidencePart, Job

MEDIA = {"webp": "image/webp", "json": "application/json", "bin": "application/octet-stream"}
MOST_PIXELS = 8_000_000
QUALITY = 80


def keep(session: Session, guard: Actor, job: Job, data: bytes) -> None:
    """Keep the package *data* of *job* in place of an earlier one. Raises NotMeant or TooLarge."""
    parts = {name: _clean(name, body) for name, body in unpack(data).items()}
    session.execute(delete(EvidencePart).where(EvidencePart.job_id == job.id))
    for name, body in parts.items():
        session.add(
            EvidencePart(
                job_id=job.id,
                name=name,
                media_type=MEDIA[name.rpartition(".")[2]],
                size_bytes=len(body),
                sha256=hashlib.sha256(body).hexdigest(),
                stored_at=now(),
                body=body,
            )
        )
    append(session, guard, "evidence-kept", job.id, parts=len(parts), bytes=len(data))
    announce(session, f"site:{job.site_id}")


def part(session: Session, who: Actor, job_id: str, name: str) -> tuple[bytes, str, str]:
    """Body, media type and digest of one part. Raises NotFound, for jobs of other sites too."""
    job = one(session, who, job_id)
    query = select(EvidencePart.body, EvidencePart.media_type, EvidencePart.sha256)
    row = session.execute(
        query.where(EvidencePart.job_id == job.id, EvidencePart.name == name)
    ).one_or_none()
    if row is None:
        raise NotFound("There is no such picture.", event="no-evidence")
    return row.tuple()


def _clean(name: str, body: bytes) -> bytes:
    if not name.endswith(".webp"):
        return body
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(io.BytesIO(body), formats=["WEBP"]) as picture:
            if picture.width * picture.height > MOST_PIXELS or getattr(picture, "n_frames", 1) > 1:
                raise NotMeant(f"{name} is larger than any picture of evidence.")
            pixels = picture.convert("RGBA" if picture.mode == "RGBA" else "RGB")
    except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError) as error:
        raise NotMeant(f"{name} is no picture.") from error
    target = io.BytesIO()
    pixels.save(target, format="WEBP", quality=QUALITY, method=4)
    return target.getvalue()
