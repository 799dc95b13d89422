"""evidence.json as typed values: what a page may rely on. docs/evidence.md describes it.

A guard is known, and still not believed: numbers are bounded, names have a pattern, text a length.
Fields that a newer guard adds are let be.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from web.errors import NotMeant

SCHEMA = "printwarden.evidence/1"
NAME = r"^[a-z]+(-[a-z0-9]+)*\.(webp|bin)$"

File = Annotated[str, Field(pattern=NAME, max_length=64)]
Text = Annotated[str, Field(max_length=4096)]
Word = Annotated[str, Field(max_length=200)]
Share = Annotated[float, Field(ge=0, le=1)]
Size = Annotated[float, Field(ge=-1e6, le=1e6, allow_inf_nan=False)]
Count = Annotated[int, Field(ge=0, le=10_000_000)]


class Part(BaseModel):
    """Frozen; unknown keys are dropped."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)


class Lying(Part):
    """A view of an object as it lies on the plate."""

    caption: Word
    picture: File


class Seen(Lying):
    """A view as the network sees it, with what its answer rests on to lay over it."""

    heat: File


class Shot(Part):
    """The pictures of one object. about: what the heat explains."""

    id: Count
    outcome: Word
    reason: Text
    about: Word
    lying: list[Lying] = Field(max_length=3)
    seen: list[Seen] = Field(max_length=3)


class Frame(Part):
    """How much of a plate one frame shows."""

    layers: Count
    height_mm: Size


class Look(Part):
    """What the network for growing prints said while only so much existed."""

    layers: Count
    height_mm: Size
    weapon_score: Share
    label: Word
    stop: bool


class Growth(Part):
    """One plate as it is printed."""

    strip: File
    columns: Annotated[int, Field(ge=1, le=64)]
    frame_px: Annotated[int, Field(ge=16, le=512)]
    bottom_mm: Size
    layers: Count
    frames: list[Frame] = Field(min_length=1, max_length=256)
    looks: list[Look] = Field(max_length=1000)
    stop_at: Share | None
    stop_looks: Count | None


class Skin(Part):
    """The surface of one object."""

    id: Count
    outcome: Word
    corners: File
    triangles: File


class Strokes(Part):
    """What the nozzle lays down on one plate."""

    file: File
    count: Count


class Scene(Part):
    """What is shown in three dimensions: mm = middle_mm + step_mm * number."""

    middle_mm: list[Size] = Field(min_length=3, max_length=3)
    step_mm: Annotated[float, Field(gt=0, le=1000, allow_inf_nan=False)]
    skins: list[Skin] = Field(max_length=8)
    strokes: list[Strokes] = Field(max_length=8)


class Nearest(Part):
    """A shape that the network learned from."""

    name: Word
    label: Word
    similarity: Size


class Match(Part):
    """A known shape that an object is."""

    name: Word
    overlap: Share
    kind: Literal["flag", "allow"]


class Object(Part):
    """What the verdict says of one object."""

    id: Count
    role: Word
    label: Word
    weapon_score: Share
    extent_mm: list[Size] = Field(min_length=3, max_length=3)
    layers: Count
    unfamiliar: Size
    nearest: list[Nearest] = Field(max_length=16)
    matches: list[Match] = Field(max_length=64)


class Warned(Part):
    """A remark of the reader."""

    line: Count | None
    text: Text


class Named(Part):
    """The network or the rules that judged."""

    name: Word


class Verdict(Part):
    """The record of the contract, as far as pages show it."""

    job: Text
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None
    model: Named
    policy: Named
    verdict: Word
    reason: Text
    weapon_score: Share | None
    objects: list[Object] = Field(max_length=1024)
    flags: list[Word] = Field(max_length=200)
    warnings: list[Warned] = Field(max_length=10_000)


class Index(Part):
    """The whole of evidence.json."""

    schema_: Literal["printwarden.evidence/1"] = Field(alias="schema")
    record: Verdict
    thumb: File | None
    objects: list[Shot] = Field(max_length=16)
    growths: list[Growth] = Field(max_length=8)
    scene: Scene | None
    missing: Text = ""

    def files(self) -> set[str]:
        """Every other part that must be there."""
        pictures = [shot for item in self.objects for shot in (*item.lying, *item.seen)]
        scene = self.scene or Scene(middle_mm=[0, 0, 0], step_mm=1, skins=[], strokes=[])
        return {
            *([self.thumb] if self.thumb else []),
            *(shot.picture for shot in pictures),
            *(shot.heat for item in self.objects for shot in item.seen),
            *(growth.strip for growth in self.growths),
            *(name for skin in scene.skins for name in (skin.corners, skin.triangles)),
            *(strokes.file for strokes in scene.strokes),
        }


def read_index(text: bytes) -> Index:
    """The index in *text*. Raises NotMeant naming what is not of the schema."""
    try:
        return Index.model_validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "evidence.json"
        raise NotMeant(f"The evidence cannot be meant: {where}: {first['msg']}.") from error
