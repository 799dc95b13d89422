"""Where pictures come from: a video device of this host, or a URL of a host that is listed.

    with open_source("http://127.0.0.1:8080/?action=stream", hosts=("127.0.0.1",)) as source:
        picture = source.read()

A URL is asked over a plain connection to the host that it names and to nothing else: redirects
are refused, proxies are not used. It answers with a stream of JPEG pictures
(multipart/x-mixed-replace, as mjpg-streamer, ustreamer and crowsnest do) or with one picture, and
is then asked again.
"""

from __future__ import annotations

import http.client
from collections.abc import Collection
from contextlib import AbstractContextManager
from http import HTTPStatus
from types import TracebackType
from typing import TYPE_CHECKING, Any, Protocol, TypeVar
from urllib.parse import SplitResult, urlsplit

from printer_guard.camera.imaging import decode, opencv
from printer_guard.errors import CameraError

if TYPE_CHECKING:
    from printer_guard.camera.imaging import Picture

T = TypeVar("T", bytes, bytearray)
TIMEOUT_S = 10.0
MOST_BYTES = 16 << 20  # of one picture
PIECE = 1 << 16
START, END = b"\xff\xd8", b"\xff\xd9"  # of a JPEG picture (ITU T.81, B.1.1.3)
STREAM = "multipart/x-mixed-replace"


class Source(Protocol):
    """Gives the newest picture."""

    def read(self) -> Picture:
        """(H, W, 3) uint8. Raises CameraError when there is none."""

    def close(self) -> None:
        """Let go of the camera."""


class open_source(AbstractContextManager["open_source"]):  # noqa: N801 (reads as a function)
    """A source that is opened when it is first read, and anew after each failure."""

    def __init__(self, source: str, hosts: Collection[str]) -> None:
        self._source, self._hosts = source, hosts
        self._opened: Source | None = None

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _where: TracebackType | None,
    ) -> None:
        self.close()

    def read(self) -> Picture:
        """The newest picture. Raises CameraError."""
        if self._opened is None:
            self._opened = _opened(self._source, self._hosts)
        try:
            return self._opened.read()
        except CameraError:
            self.close()
            raise

    def close(self) -> None:
        """Let go; reading opens it again."""
        if self._opened is not None:
            self._opened.close()
            self._opened = None


def _opened(source: str, hosts: Collection[str]) -> Source:
    if source.startswith("/dev/"):
        return _Device(source)
    parts = urlsplit(source)
    if parts.scheme not in {"http", "https"} or parts.hostname not in hosts:
        raise CameraError(source, "is no URL of a listed host", "List it in `hosts`")
    return _Web(parts)


class _Device:
    """A V4L2 device."""

    def __init__(self, path: str) -> None:
        cv2 = opencv()
        self._path = path
        self._device = cv2.VideoCapture(path, cv2.CAP_V4L2)
        if not self._device.isOpened():
            raise CameraError(
                path, "cannot be opened", "Is it plugged in, and may the guard use it"
            )
        self._device.set(cv2.CAP_PROP_BUFFERSIZE, 1)

    def read(self) -> Picture:
        self._device.grab()  # the one that has waited in the driver since the last look
        whole, picture = self._device.read()
        if not whole:
            raise CameraError(self._path, "gives no picture any more")
        return picture  # type: ignore[no-any-return]

    def close(self) -> None:
        self._device.release()


class _Web:
    """A stream or a picture over HTTP."""

    def __init__(self, url: SplitResult) -> None:
        self._url = url
        self._connection: http.client.HTTPConnection | None = None
        self._body: http.client.HTTPResponse | None = None
        self._rest = bytearray()

    def read(self) -> Picture:
        try:
            return decode(self._next())
        except (OSError, http.client.HTTPException, ValueError) as error:
            what = f"cannot be reached ({type(error).__name__}: {error})"
            raise CameraError(self._url.geturl(), what) from error

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = self._body = None
        self._rest = bytearray()

    def _next(self) -> bytes:
        """The next picture of the stream, or the one picture, asked for anew."""
        if self._body is None:
            self._ask()
        body = self._body
        if body is None or body.headers.get_content_type() != STREAM:
            data = body.read(MOST_BYTES + 1) if body is not None else b""
            self.close()
            return self._bounded(data)
        rest = self._rest
        looked = 0  # bytes that hold no end
        while (end := rest.find(END, looked)) < 0 or rest.find(START, 0, end) < 0:
            looked = max(len(rest) - 1, 0) if end < 0 else end + len(END)
            piece = body.read1(PIECE)
            if not piece:
                raise CameraError(self._url.geturl(), "its stream has ended")
            rest += piece
            self._bounded(rest)
        picture = bytes(rest[rest.find(START) : end + len(END)])
        del rest[: end + len(END)]
        return picture

    def _ask(self) -> None:
        kinds: dict[str, Any] = {
            "http": http.client.HTTPConnection,
            "https": http.client.HTTPSConnection,
        }
        url = self._url
        connection = kinds[url.scheme](url.hostname, url.port, timeout=TIMEOUT_S)
        self._connection = connection
        target = (url.path or "/") + (f"?{url.query}" if url.query else "")
        connection.request("GET", target)
        answer = connection.getresponse()
        if answer.status != HTTPStatus.OK:
            what = f"answers {answer.status} instead of a picture; redirects are not followed"
            raise CameraError(url.geturl(), what)
        self._body = answer

    def _bounded(self, data: T) -> T:
        if len(data) > MOST_BYTES:
            raise CameraError(self._url.geturl(), f"a picture has more than {MOST_BYTES} bytes")
        return data
