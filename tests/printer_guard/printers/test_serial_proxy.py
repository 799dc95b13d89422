import asyncio

from printer_guard.printers.base import Ending, JobEnded, JobOffered, JobStarted, Sent
from tests.printer_guard.printers.serial_bench import bench, square


def test_an_innocent_stream_is_carried_out_line_by_line_and_told_byte_by_byte(tmp_path):
    job = square(10)

    async def story():
        async with bench(tmp_path, allow=True) as b:
            host = await b.host()
            await host.begin()
            assert await host.print_lines(job) == len(job)
            await host.begin()
            ended = await b.first(JobEnded)
            assert b.done == [b"M110 N0", *job, b"M110 N0"]
            told = b"".join(sent.chunk for sent in b.of(Sent))
            assert told == b"".join(line + b"\n" for line in job)
            assert ended.how is Ending.DONE
            assert len(b.of(JobStarted)) == 1

    asyncio.run(story())


def test_no_line_of_a_job_reaches_the_printer_before_it_is_allowed(tmp_path):
    async def story():
        async with bench(tmp_path) as b:
            host = await b.host()
            await host.begin()
            printing = asyncio.create_task(host.print_lines(square(2)))
            offered = await b.first(JobOffered)
            await b.until(lambda: b"echo:busy: processing" in host.heard)
            assert b.done == [b"M110 N0"]
            await b.guard.allow(offered.job, None)
            await printing
            assert b.done[1:] == square(2)

    asyncio.run(story())
