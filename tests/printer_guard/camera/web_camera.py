"""A camera on the web for tests: a stream of JPEG pictures, one picture, or something else."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import repeat
from typing import Any

import numpy as np

from printer_guard.camera.imaging import opencv

STREAM = "multipart/x-mixed-replace; boundary=frame"
KINDS: Mapping[str, str] = {"/one": "image/jpeg", "/text": "text/plain"}
Frame = Callable[[], np.ndarray[Any, Any]]


def jpeg(picture: np.ndarray[Any, Any]) -> bytes:
    return bytes(opencv().imencode(".jpg", picture)[1])


def parts(frame: Frame) -> Iterator[bytes]:
    while True:
        data = jpeg(frame())
        head = f"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {len(data)}\r\n\r\n"
        yield head.encode() + data + b"\r\n"


@contextmanager
def web_camera(frame: Frame, *, moved_to: str = "") -> Iterator[tuple[str, list[str]]]:
    """Its address, and the paths that it was asked for.

    /stream, /one, /redirect (to *moved_to*), /text, /endless; frame: gives the next picture.
    """
    asked: list[str] = []
    bodies: Mapping[str, Callable[[], Iterable[bytes]]] = {
        "/one": lambda: [jpeg(frame())],
        "/text": lambda: [b"no picture"],
        "/redirect": list,
        "/stream": lambda: parts(frame),
        "/endless": lambda: repeat(b"\xff\xd8" + bytes(1 << 20)),
    }

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(302 if self.path == "/redirect" else 200)
            self.send_header("Location", moved_to)
            self.send_header("Content-Type", KINDS.get(self.path, STREAM))
            self.end_headers()
            with suppress(OSError):  # the guard has seen enough
                for piece in bodies[self.path]():
                    self.wfile.write(piece)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", asked
    finally:
        server.shutdown()
        server.server_close()
