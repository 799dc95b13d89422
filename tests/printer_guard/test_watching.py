"""What has been sent of a running job is kept whole, or the job is stopped."""

import asyncio
import errno
from pathlib import Path

import pytest

from printer_guard import watching
from printer_guard.policy import Finding
from printer_guard.settings import Watch as WatchSettings
from printer_guard.watching import FIRST_BYTES, Watch
from tests.printer_guard.scripted_printer import until

LINES = [b"G1 X%d Y%d E1\n" % (n, n) for n in range(FIRST_BYTES)]


class Looker:
    """Stands in for the watching process; keeps the sizes that it was shown."""

    sizes: list[int]

    def __init__(self, module, request):
        pass

    async def __aenter__(self):
        return self

    async def __aexit__(self, *_):
        pass

    async def ask(self, question):
        self.sizes.append(Path(question["sent"]).stat().st_size)

    async def answer(self, seconds):
        return {"weapon_score": None, "early": None, "flagged": False, "verdict": "clear",
                "reason": ""}  # fmt: skip


@pytest.fixture
def watch(tmp_path, monkeypatch):
    Looker.sizes = []
    monkeypatch.setattr(watching, "Child", Looker)
    found = []
    settings = WatchSettings(interval_s=0.05)
    made = Watch(tmp_path / "sent", "cup", settings, {}, lambda *told: found.append(told))
    made.tripped = found
    return made


def break_disk(monkeypatch, writes):
    """The first *writes* come half to the disk, which is full then."""
    left = [writes]
    real = Path.open

    def opened(path, mode="r", *args, **more):
        file = real(path, mode, *args, **more)
        if mode == "ab" and left[0]:
            left[0] -= 1
            file.write(b"G1 X0 ha")

            def full(_):
                raise OSError(errno.ENOSPC, "No space left on device")

            file.close()
            return _Full(full)
        return file

    monkeypatch.setattr(Path, "open", opened)


class _Full:
    def __init__(self, writelines):
        self.writelines = writelines

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass


def test_on_a_disk_that_stays_full_the_job_is_stopped(watch, monkeypatch):
    async def life():
        break_disk(monkeypatch, 100)
        watch.start()
        watch.add(b"".join(LINES))
        await until(lambda: bool(watch.tripped))
        finding, reason = watch.tripped[0]
        assert (finding, "No space left" in reason) == (Finding.WATCH_FAILED, True)
        await watch.close(keep=True)  # and the guard can end

    asyncio.run(life())


def test_a_disk_that_was_full_for_a_moment_costs_no_line_and_leaves_no_half_one(watch, monkeypatch):
    async def life():
        break_disk(monkeypatch, 2)
        watch.start()
        for line in LINES:
            watch.add(line)
        await until(lambda: bool(Looker.sizes))
        await watch.end()
        assert watch.sent.read_bytes() == b"".join(LINES)
        assert not watch.tripped
        await watch.close()

    asyncio.run(life())
