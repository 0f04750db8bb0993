"""The WebSocket's messages, from and to their bytes."""

from __future__ import annotations

import json
import struct
from typing import Annotated, Literal

from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from wayside.domain.feeds import LivePicture, Marking
from wayside.domain.time import rfc3339
from wayside.serve.live.desk import MOST_TILES, Wanted
from wayside.serve.pictures import jpeg_of

WIDEST = 1920
FASTEST_FPS = 25.0


class _Tile(BaseModel):
    feed: str = Field(max_length=63)
    width: int = Field(ge=1, le=100_000)
    fps: float = Field(gt=0, le=1000, allow_inf_nan=False)


class Want(BaseModel):
    op: Literal["want"]
    tiles: list[_Tile] = Field(max_length=MOST_TILES)

    def wanted(self) -> list[Wanted]:
        """Held to what a worker will make: 32 to 1920 wide, 0.1 to 25 a second."""
        return [
            Wanted(
                tile.feed,
                min(max(tile.width, 32), WIDEST),
                min(max(tile.fps, 0.1), FASTEST_FPS),
            )
            for tile in self.tiles
        ]


class Painted(BaseModel):
    op: Literal["painted"]
    feed: str = Field(max_length=63)


_ASKED: TypeAdapter[Want | Painted] = TypeAdapter(
    Annotated[Want | Painted, Field(discriminator="op")]
)


def read(text: str | bytes) -> Want | Painted | None:
    """None for what is no message of ours."""
    try:
        return _ASKED.validate_json(text)
    except ValidationError:
        return None


def picture_message(picture: LivePicture) -> bytes:
    """Length of the header (4 bytes, big-endian), the header as JSON, the JPEG.

    Raises PrivacyError for anything but a LivePicture.
    """
    jpeg = jpeg_of(picture)
    header = json.dumps(
        {
            "feed": picture.feed,
            "session": picture.session,
            "time": rfc3339(picture.time),
            "t_s": round(picture.t_s, 3),
            "width": picture.width,
            "height": picture.height,
            "markings": [_marking(each) for each in picture.markings],
        },
        separators=(",", ":"),
    ).encode()
    return b"".join((struct.pack(">I", len(header)), header, jpeg))


def closed_message(reason: str) -> str:
    return json.dumps({"op": "closed", "reason": reason})


def _marking(found: Marking) -> dict[str, object]:
    return {
        "track": found.track,
        "label": found.label,
        "box": [round(side, 4) for side in found.box],
        "trail": [[round(x, 4), round(y, 4)] for x, y in found.trail],
    }
