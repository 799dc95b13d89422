"""OpenCV, where it is; and pictures as arrays: (H, W, 3) uint8, blue, green, red."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from printer_guard.errors import CameraError

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    Picture = NDArray[np.uint8]

WORKING_PX = 640  # widest picture that is compared: finer ones show no more of a print
JPEG_QUALITY = 80


def opencv() -> Any:
    """The module cv2, on one thread. Raises CameraError where it is not installed."""
    try:
        import cv2
    except ImportError as error:
        what = "the camera watch needs OpenCV, which is not installed"
        raise CameraError("camera", what, "pip install opencv-python-headless") from error
    cv2.setNumThreads(1)  # the host that feeds the printer comes first
    return cv2


def decode(data: bytes) -> Picture:
    """The picture in a JPEG or PNG file's bytes. Raises CameraError."""
    import numpy as np

    cv2 = opencv()
    picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR) if data else None
    if picture is None:
        raise CameraError("camera", "what it sent is no picture")
    return picture  # type: ignore[no-any-return]


def read_picture(path: Path) -> Picture:
    """The picture in the file *path*. Raises CameraError."""
    try:
        return decode(path.read_bytes())
    except OSError as error:
        raise CameraError(path, f"cannot be read ({error.strerror})") from error


def write_picture(path: Path, picture: Picture) -> None:
    """Write a PNG or JPEG file, as the suffix of *path* says. Raises CameraError."""
    cv2 = opencv()
    options = [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY]
    whole, data = cv2.imencode(path.suffix or ".png", picture, options)
    try:
        path.write_bytes(data.tobytes() if whole else b"")
    except OSError as error:
        raise CameraError(path, f"cannot be written ({error.strerror})") from error


def working_size(size_px: tuple[int, int]) -> tuple[int, int]:
    """Width and height that a picture of *size_px* is compared at."""
    width, height = size_px
    scale = min(1.0, WORKING_PX / width)
    return round(width * scale), round(height * scale)


def shrunk(picture: Picture, size_px: tuple[int, int]) -> Picture:
    """*picture* at *size_px*."""
    cv2 = opencv()
    if picture.shape[1::-1] == size_px:
        return picture
    return cv2.resize(picture, size_px, interpolation=cv2.INTER_AREA)  # type: ignore[no-any-return]
