"""Pictures come from the listed host or from nowhere."""

import numpy as np
import pytest
from pydantic import ValidationError

from printer_guard.camera.sources import open_source
from printer_guard.errors import CameraError
from printer_guard.settings import Camera
from tests.printer_guard.camera.web_camera import web_camera

HERE = ("127.0.0.1",)


class Counting:
    """Pictures that get brighter by ten with each, up to white."""

    def __init__(self):
        self.shown = 0

    def __call__(self):
        self.shown += 1
        return np.full((48, 64, 3), min(10 * self.shown, 255), np.uint8)


@pytest.mark.parametrize("path", ["/stream", "/one"])
def test_each_picture_that_is_read_is_another_one(path):
    with web_camera(Counting()) as (url, _), open_source(url + path, HERE) as source:
        levels = [int(source.read().mean()) for _ in range(3)]
    assert levels == pytest.approx([10, 20, 30], abs=2)


def test_a_source_that_was_closed_is_opened_again():
    with web_camera(Counting()) as (url, asked), open_source(url + "/stream", HERE) as source:
        source.read()
        source.close()
        assert source.read().shape == (48, 64, 3)
        assert asked == ["/stream", "/stream"]


def test_a_redirect_is_refused_and_the_other_host_never_asked():
    with (
        web_camera(Counting()) as (other, asked),
        web_camera(Counting(), moved_to=other + "/one") as (url, _),
        open_source(url + "/redirect", HERE) as source,
    ):
        with pytest.raises(CameraError, match="302 instead of a picture; redirects are not"):
            source.read()
        assert asked == []


def test_a_host_that_is_not_listed_is_never_asked():
    with web_camera(Counting()) as (url, asked):
        with pytest.raises(CameraError, match="no URL of a listed host"):
            open_source(url + "/one", ("camera.lan",)).read()
        assert asked == []


def test_a_proxy_of_the_environment_is_not_used(monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    with web_camera(Counting()) as (url, _):
        assert open_source(url + "/one", HERE).read().shape == (48, 64, 3)


@pytest.mark.parametrize(
    ("path", "words"), [("/text", "is no picture"), ("/endless", "more than 16777216 bytes")]
)
def test_what_is_no_picture_is_said_to_be_none(path, words):
    with web_camera(Counting()) as (url, _), pytest.raises(CameraError, match=words):
        open_source(url + path, HERE).read()


def test_a_camera_that_is_gone_is_an_error_with_its_address():
    with web_camera(Counting()) as (url, _):
        pass
    with pytest.raises(CameraError, match=rf"{url}/one: cannot be reached"):
        open_source(url + "/one", HERE).read()


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("http://camera.lan/stream", "'camera.lan', is not listed in hosts"),
        ("file:///etc/passwd", "neither /dev/videoN nor an http URL"),
        ("/dev/sda", "neither /dev/videoN nor an http URL"),
        ("/dev/video0/../sda", "neither /dev/videoN nor an http URL"),
        ("rtsp://127.0.0.1/", "neither /dev/videoN nor an http URL"),
    ],
)
def test_the_settings_refuse_a_source_that_is_not_allowed(source, words):
    with pytest.raises(ValidationError, match=words):
        Camera(source=source)


@pytest.mark.parametrize(
    ("source", "hosts"),
    [
        ("/dev/video0", ()),
        ("/dev/v4l/by-id/usb-046d_C270-video-index0", ()),
        ("http://127.0.0.1:8080/?action=stream", ("127.0.0.1",)),
        ("https://camera.lan/one.jpg", ("camera.lan",)),
    ],
)
def test_the_settings_take_a_device_or_a_listed_host(source, hosts):
    assert Camera(source=source, hosts=hosts).source == source
