"""Reports reach a console in order and once, however long it was away; its decisions come back."""

import asyncio
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from printer_guard import outbox
from printer_guard.daemon import Guard
from printer_guard.records import Note
from printer_guard.settings import Console, Settings
from printer_guard.store import Stage
from printer_guard.wire import Job, Route
from tests.printer_guard.scripted_printer import until


class StandInConsole:
    """What the console's API does with reports and decisions. rude: how it answers meanwhile."""

    def __init__(self):
        self.reports = {}
        self.order = []
        self.decisions = []
        self.receipts = {}
        self.rude = None
        self.packages = {}

    async def take(self, request):
        if self.rude is not None:
            return self.rude()
        bodies = (await request.json())["reports"]
        for body in bodies:
            self.order.append(body["sequence"])
            self.reports.setdefault(body["sequence"], body)
        return web.json_response(
            {"results": [{"sequence": b["sequence"], "outcome": "stored"} for b in bodies]}
        )

    async def give(self, _):
        await asyncio.sleep(0.05)
        return web.json_response({"decisions": self.decisions})

    async def receive(self, request):
        self.receipts[request.match_info["id"]] = await request.json()
        self.decisions = [d for d in self.decisions if d["id"] != request.match_info["id"]]
        return web.Response(status=204)

    async def picture(self, request):
        self.packages[request.match_info["job"]] = await request.read()
        return web.Response(status=204)

    async def listen(self, _):
        return web.Response(status=204)

    @asynccontextmanager
    async def serving(self, port=0):
        app = web.Application()
        app.add_routes([
            web.post("/api/v1/reports", self.take),
            web.get("/api/v1/decisions", self.give),
            web.post("/api/v1/decisions/{id}/receipt", self.receive),
            web.put("/api/v1/jobs/{job}/evidence", self.picture),
            web.put("/api/v1/printers", self.listen),
        ])  # fmt: skip
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", port)
        await site.start()
        try:
            yield site._server.sockets[0].getsockname()[1]
        finally:
            await runner.cleanup()


@asynccontextmanager
async def guarded(tmp_path, port):
    console = Console(url=f"http://127.0.0.1:{port}", retry_s=0.05, retry_most_s=0.2, timeout_s=10)
    async with Guard(Settings(state=tmp_path, runtime=tmp_path, console=console)) as guard:
        yield guard


async def note(guard, count=1):
    for _ in range(count):
        job = Job(printer="voron", name="cup.gcode", route=Route.FILE)
        held = Note(event="held", job=job, stage=Stage.HELD, finding="flagged", action="hold")
        await guard.site.records.note(held)


def test_reports_wait_for_a_console_that_is_away_and_come_in_order_once_each(tmp_path):
    console = StandInConsole()

    async def life():
        async with console.serving() as port:
            pass
        async with guarded(tmp_path, port) as guard:
            await note(guard, 250)
            await until(lambda: guard.reporter.problem is not None)
            assert guard.site.console_away
            async with console.serving(port):
                await until(lambda: len(console.reports) == 250)
                await until(lambda: not guard.site.console_away)
                assert await guard.site.records.call(outbox.count) == 0

    asyncio.run(life())
    assert console.order == list(range(1, 251))


def test_reports_survive_a_restart_of_the_guard(tmp_path):
    console = StandInConsole()

    async def life():
        async with console.serving() as port:
            pass
        async with guarded(tmp_path, port) as guard:
            await note(guard, 3)
        async with console.serving(port), guarded(tmp_path, port) as guard:
            await note(guard)
            await until(lambda: len(console.reports) == 4)

    asyncio.run(life())


@pytest.mark.parametrize(
    "answer",
    [
        lambda: web.Response(status=500),
        lambda: web.Response(status=401),
        lambda: web.Response(text="not json"),
        lambda: web.json_response({"results": []}),
        lambda: web.json_response([]),
    ],
)
def test_nothing_is_dropped_for_an_answer_that_acknowledges_nothing(tmp_path, answer):
    console = StandInConsole()
    console.rude = answer

    async def life():
        async with console.serving() as port, guarded(tmp_path, port) as guard:
            await note(guard, 2)
            await until(lambda: guard.reporter.problem is not None)
            assert await guard.site.records.call(outbox.count) == 2
            console.rude = None
            await until(lambda: len(console.reports) == 2)

    asyncio.run(life())


def test_a_decision_for_a_printer_that_is_not_here_is_answered_not_obeyed(tmp_path):
    console = StandInConsole()
    console.decisions = [
        {"schema": "printwarden.wire/1", "kind": "decision", "id": "a" * 32, "job_id": "b" * 32,
         "printer": "elsewhere", "sha256": None, "choice": "release", "by": "ann", "why": "",
         "at": 1.0}
    ]  # fmt: skip

    async def life():
        async with console.serving() as port, guarded(tmp_path, port):
            await until(lambda: bool(console.receipts))

    asyncio.run(life())
    assert console.receipts["a" * 32]["applied"] is False


def test_pictures_of_a_held_job_are_sent_once(tmp_path):
    console = StandInConsole()

    async def life():
        async with console.serving() as port, guarded(tmp_path, port) as guard:
            (guard.site.outgoing / ("c" * 32 + ".zip")).write_bytes(b"PK")
            await note(guard)
            await until(lambda: bool(console.packages))
            await until(lambda: not list(guard.site.outgoing.iterdir()))

    asyncio.run(life())
    assert console.packages == {"c" * 32: b"PK"}
